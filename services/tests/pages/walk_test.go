package pages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// declarations are the names that a Go file declares: functions, methods as
// Type.Method, types, fields as Type.Field, variables and constants.
func declarations(t *testing.T, name string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	found := map[string]bool{}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			found[receiver(d)+d.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.ValueSpec:
					for _, name := range s.Names {
						found[name.Name] = true
					}
				case *ast.TypeSpec:
					found[s.Name.Name] = true
					if fields, ok := s.Type.(*ast.StructType); ok {
						for _, field := range fields.Fields.List {
							for _, name := range field.Names {
								found[s.Name.Name+"."+name.Name] = true
							}
						}
					}
				}
			}
		}
	}
	return found
}

func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	kind := f.Recv.List[0].Type
	if pointer, ok := kind.(*ast.StarExpr); ok {
		kind = pointer.X
	}
	if generic, ok := kind.(*ast.IndexExpr); ok {
		kind = generic.X
	}
	return kind.(*ast.Ident).Name + "."
}

// TestArchitecture_walksNameWhatExists reads the tables of docs/architecture.md
// whose second column is a link to a file and whose third column names what the
// file declares.
func TestArchitecture_walksNameWhatExists(t *testing.T) {
	row := regexp.MustCompile(`(?m)^\| .* \| \[[^\]]+\]\((\.\./[^)]+)\) \| (.*) \|$`)
	steps := 0
	for _, match := range row.FindAllStringSubmatch(pages(t)["docs/architecture.md"], -1) {
		name := filepath.Join(root, "docs", match[1])
		for _, code := range inline.FindAllStringSubmatch(match[2], -1) {
			steps++
			if strings.HasSuffix(name, ".go") {
				assert.Contains(t, declarations(t, name), code[1], "docs/architecture.md names it in %s", match[1])
			} else {
				content := readFile(t, name)
				assert.Contains(t, content, code[1], "docs/architecture.md names it in %s", match[1])
			}
		}
	}
	assert.GreaterOrEqual(t, steps, 20, "steps of the two walks")
}
