package naming

// EnvironmentName checks the name of an environment.
func EnvironmentName(name string) error { return environment(name) }

// Boundary is the IAM policy that bounds every role of a project's environments.
// bootstrap makes it; a role that cd creates without it is refused.
func Boundary(project string) string { return project + "-boundary" }
