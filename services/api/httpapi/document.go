package httpapi

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"text/template"

	"github.com/ingest-iac/ingest/services/internal/message"
)

//go:embed openapi.json.tmpl
var document string

// Document is the API's OpenAPI document. It names the payload's fields as
// message.Fields declares them.
func Document(version string) ([]byte, error) {
	asJSON := func(value any) (string, error) {
		encoded, err := json.Marshal(value)
		return string(encoded), err
	}
	parsed, err := template.New("openapi").Funcs(template.FuncMap{"json": asJSON}).Parse(document)
	if err != nil {
		return nil, fmt.Errorf("parsing the OpenAPI document: %w", err)
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, map[string]any{"Version": version, "Fields": message.Declared(), "MaxIdempotencyKey": message.MaxIdempotencyKey})
	if err != nil {
		return nil, fmt.Errorf("writing the OpenAPI document: %w", err)
	}
	return out.Bytes(), nil
}
