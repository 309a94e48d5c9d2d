package bootstrap

// previewGrants let a preview look up what compute looks up. What else it needs
// is in the state.
func (s scope) previewGrants() []grant {
	return []grant{
		{"lookups", s.lookups()},
		{"deny-data-access", s.denyDataAccess(true)},
	}
}
