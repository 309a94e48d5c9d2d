package iamdoc

// TLSOnly is the statement of a resource policy that refuses every call which
// does not come over TLS (FSBP S3.5 and others).
func TLSOnly(actions string, resources ...string) Statement {
	return Statement{
		Sid: "DenyInsecureTransport", Effect: Deny,
		Principal: Principal{Everyone: true}, Actions: []string{actions}, Resources: resources,
		Conditions: Conditions{"Bool": {"aws:SecureTransport": {"false"}}},
	}
}
