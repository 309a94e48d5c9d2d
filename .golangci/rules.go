//go:build ruleguard

// Package rules holds house rules for Go code that no ready-made linter has.
// gocritic interprets them; they are never compiled.
package rules

import "github.com/quasilyte/go-ruleguard/dsl"

// errorsAreGerunds keeps error chains readable: "sending to SQS: timeout", not
// "failed to send to SQS: timeout".
func errorsAreGerunds(m dsl.Matcher) {
	m.Match(`fmt.Errorf($format, $*_)`, `errors.New($format)`).
		Where(m["format"].Text.Matches(`(?i)^.(failed to|could not|unable to|error )`)).
		Report(`say what was being done ("sending to SQS: %w"), not that it failed`)
}

// errorsAreWrapped keeps the cause of an error inspectable.
func errorsAreWrapped(m dsl.Matcher) {
	m.Match(`fmt.Errorf($format, $*_, $err)`, `fmt.Errorf($format, $err)`).
		Where(m["err"].Type.Is(`error`) && m["format"].Text.Matches(`%v.$`)).
		Report(`wrap the cause with %w`)
}
