package delivery

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// evaluate gives the value of a GitHub Actions expression, as GitHub's reference
// "Evaluate expressions in workflows and actions" defines it: comparison ignores
// case, values of different types are compared as numbers, what does not exist is
// null. Of the functions it knows those that the workflows use.
func evaluate(source string, contexts map[string]any) (any, error) {
	source = strings.TrimSpace(source)
	if inner, ok := strings.CutPrefix(source, "${{"); ok {
		source = strings.TrimSuffix(inner, "}}")
	}
	node, err := actionlint.NewExprParser().Parse(actionlint.NewExprLexer(source + "}}"))
	if err != nil {
		return nil, fmt.Errorf("parsing %q: %s", source, err.Message)
	}
	return value(node, contexts)
}

func value(node actionlint.ExprNode, contexts map[string]any) (any, error) {
	switch n := node.(type) {
	case *actionlint.NullNode:
		return nil, nil
	case *actionlint.BoolNode:
		return n.Value, nil
	case *actionlint.IntNode:
		return float64(n.Value), nil
	case *actionlint.FloatNode:
		return n.Value, nil
	case *actionlint.StringNode:
		return n.Value, nil
	case *actionlint.VariableNode:
		context, ok := contexts[n.Name]
		if !ok {
			return nil, fmt.Errorf("the test gives no context %q", n.Name)
		}
		return context, nil
	case *actionlint.ObjectDerefNode:
		receiver, err := value(n.Receiver, contexts)
		if err != nil {
			return nil, err
		}
		object, _ := receiver.(map[string]any)
		for name, v := range object {
			// The parser gives names in lower case, since they ignore it.
			if strings.EqualFold(name, n.Property) {
				return v, nil
			}
		}
		return nil, nil
	case *actionlint.NotOpNode:
		operand, err := value(n.Operand, contexts)
		return !truthy(operand), err
	case *actionlint.LogicalOpNode:
		return logical(n, contexts)
	case *actionlint.CompareOpNode:
		return compare(n, contexts)
	case *actionlint.FuncCallNode:
		return function(n, contexts)
	default:
		return nil, fmt.Errorf("%T is not evaluated here", node)
	}
}

func logical(n *actionlint.LogicalOpNode, contexts map[string]any) (any, error) {
	left, err := value(n.Left, contexts)
	if err != nil {
		return nil, err
	}
	if truthy(left) == (n.Kind == actionlint.LogicalOpNodeKindOr) {
		return left, nil
	}
	return value(n.Right, contexts)
}

func compare(n *actionlint.CompareOpNode, contexts map[string]any) (any, error) {
	left, err := value(n.Left, contexts)
	if err != nil {
		return nil, err
	}
	right, err := value(n.Right, contexts)
	if err != nil {
		return nil, err
	}
	switch n.Kind {
	case actionlint.CompareOpNodeKindEq:
		return equal(left, right), nil
	case actionlint.CompareOpNodeKindNotEq:
		return !equal(left, right), nil
	default:
		return nil, fmt.Errorf("the operator %s is not evaluated here", n.Kind)
	}
}

func equal(left, right any) bool {
	l, leftIsText := left.(string)
	r, rightIsText := right.(string)
	if leftIsText && rightIsText {
		return strings.EqualFold(l, r)
	}
	return number(left) == number(right)
}

func number(v any) float64 {
	switch v := v.(type) {
	case nil:
		return 0
	case bool:
		if v {
			return 1
		}
		return 0
	case float64:
		return v
	case string:
		if v == "" {
			return 0
		}
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return f
		}
	}
	return math.NaN()
}

func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case float64:
		return v != 0 && !math.IsNaN(v)
	case string:
		return v != ""
	default:
		return true
	}
}

// function calls one of the functions that the workflows use. How the steps so far
// ended is the context "status": success, failure or cancelled.
func function(n *actionlint.FuncCallNode, contexts map[string]any) (any, error) {
	switch n.Callee {
	case "success", "failure", "cancelled":
		return contexts["status"] == n.Callee, nil
	case "always":
		return true, nil
	case "format":
		var text string
		for i, arg := range n.Args {
			v, err := value(arg, contexts)
			if err != nil {
				return nil, err
			}
			if i == 0 {
				text = fmt.Sprint(v)
				continue
			}
			text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i-1), fmt.Sprint(v))
		}
		return text, nil
	default:
		return nil, fmt.Errorf("the function %s is not evaluated here", n.Callee)
	}
}

func TestExpressions_evaluateAsOnGitHub(t *testing.T) {
	contexts := map[string]any{
		"github": map[string]any{"ref": "refs/heads/main", "event": map[string]any{"n": 2.0}},
		"status": "failure",
	}
	for source, want := range map[string]any{
		"github.ref == 'REFS/heads/MAIN'":               true,
		"github.event.missing.deeper == ''":             true,
		"github.event.missing != null":                  false,
		"github.event.n == '2'":                         true,
		"github.event.n == 'two'":                       false,
		"!github.event.missing && github.ref":           "refs/heads/main",
		"github.event.missing || 'other'":               "other",
		"false || (true && !false)":                     true,
		"${{ !cancelled() }}":                           true,
		"success()":                                     false,
		"failure() && true":                             true,
		"format('{0}:{1}', github.event.n, github.ref)": "2:refs/heads/main",
		"'it''s'": "it's",
		"github.ref == 'a' && github.ref || github.event.n": 2.0,
	} {
		got, err := evaluate(source, contexts)
		require.NoError(t, err, source)
		assert.Equal(t, want, got, source)
	}
	for _, source := range []string{"github.event.n > 1", "hashFiles('x')", "secrets.X", "github."} {
		_, err := evaluate(source, contexts)
		assert.Error(t, err, source)
	}
}
