package suite

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (p *place) put(t *testing.T, name, value string, overwrite bool) (int64, error) {
	t.Helper()
	put, err := p.ssm.PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: &name, Value: &value, Type: types.ParameterTypeSecureString,
		Description: aws.String("for the suite"), Overwrite: &overwrite,
	})
	if err != nil {
		return 0, err
	}
	t.Cleanup(func() {
		// A second version's clean-up finds nothing any more.
		_, _ = p.ssm.DeleteParameter(context.Background(), &ssm.DeleteParameterInput{Name: &name})
	})
	return put.Version, nil
}

func (p *place) get(t *testing.T, name string, decrypt bool) (*types.Parameter, error) {
	t.Helper()
	got, err := p.ssm.GetParameter(t.Context(), &ssm.GetParameterInput{Name: &name, WithDecryption: &decrypt})
	if err != nil {
		return nil, err
	}
	return got.Parameter, nil
}

func TestParameter_isDecryptedOnRequest(t *testing.T) {
	p := newPlace(t)
	name := "/" + randomName("suite") + "/token"
	version, err := p.put(t, name, "s3cret", false)
	require.NoError(t, err)
	assert.EqualValues(t, 1, version)

	got, err := p.get(t, name, true)
	require.NoError(t, err)
	assert.Equal(t, name, *got.Name)
	assert.Equal(t, "s3cret", *got.Value)
	assert.Equal(t, types.ParameterTypeSecureString, got.Type)
	assert.Contains(t, *got.ARN, ":parameter"+name)

	for _, other := range []string{name + ":1", *got.ARN} {
		same, err := p.get(t, other, true)
		require.NoError(t, err, other)
		assert.Equal(t, "s3cret", *same.Value, other)
	}
	encrypted, err := p.get(t, name, false)
	require.NoError(t, err)
	assert.NotContains(t, *encrypted.Value, "s3cret")
}

func TestParameter_missing_isNotFound(t *testing.T) {
	p := newPlace(t)
	name := "/" + randomName("suite")
	_, err := p.get(t, name, true)
	var missing *types.ParameterNotFound
	require.ErrorAs(t, err, &missing)
	_, err = p.ssm.DeleteParameter(t.Context(), &ssm.DeleteParameterInput{Name: &name})
	require.ErrorAs(t, err, &missing)

	several, err := p.ssm.GetParameters(t.Context(), &ssm.GetParametersInput{Names: []string{name}})
	require.NoError(t, err)
	assert.Empty(t, several.Parameters)
	assert.Equal(t, []string{name}, several.InvalidParameters)
}

func TestParameter_rotated_hasANewVersion(t *testing.T) {
	p := newPlace(t)
	name := "/" + randomName("suite") + "/token"
	_, err := p.put(t, name, "first", false)
	require.NoError(t, err)
	_, err = p.put(t, name, "second", false)
	var exists *types.ParameterAlreadyExists
	require.ErrorAs(t, err, &exists)

	p.pass(2 * time.Second)
	version, err := p.put(t, name, "second", true)
	require.NoError(t, err)
	assert.EqualValues(t, 2, version)
	got, err := p.get(t, name, true)
	require.NoError(t, err)
	assert.Equal(t, "second", *got.Value)
	old, err := p.get(t, name+":1", true)
	require.NoError(t, err)
	assert.Equal(t, "first", *old.Value)
	_, err = p.get(t, name+":3", true)
	var noVersion *types.ParameterVersionNotFound
	require.ErrorAs(t, err, &noVersion)

	var described []types.ParameterMetadata
	for pages := ssm.NewDescribeParametersPaginator(p.ssm, &ssm.DescribeParametersInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		described = append(described, page.Parameters...)
	}
	i := slices.IndexFunc(described, func(m types.ParameterMetadata) bool { return *m.Name == name })
	require.NotEqual(t, -1, i)
	assert.EqualValues(t, 2, described[i].Version)
	assert.Equal(t, "for the suite", *described[i].Description)
}

func TestLabel_selectsAVersionUntilItMovesOrIsRemoved(t *testing.T) {
	p := newPlace(t)
	name := "/" + randomName("suite") + "/token"
	for _, value := range []string{"first", "second"} {
		_, err := p.put(t, name, value, true)
		require.NoError(t, err)
	}
	several := func() *ssm.GetParametersOutput {
		got, err := p.ssm.GetParameters(t.Context(), &ssm.GetParametersInput{
			Names: []string{name, name + ":previous"}, WithDecryption: aws.Bool(true),
		})
		require.NoError(t, err)
		return got
	}
	label := func(version int64, labels ...string) *ssm.LabelParameterVersionOutput {
		out, err := p.ssm.LabelParameterVersion(t.Context(), &ssm.LabelParameterVersionInput{
			Name: &name, ParameterVersion: &version, Labels: labels,
		})
		require.NoError(t, err)
		return out
	}
	assert.Equal(t, []string{name + ":previous"}, several().InvalidParameters)

	out := label(1, "previous", "1st", "AWSlabel", "a b")
	assert.Equal(t, []string{"1st", "AWSlabel", "a b"}, out.InvalidLabels)
	got := several()
	assert.Empty(t, got.InvalidParameters)
	values := map[string]string{}
	for _, parameter := range got.Parameters {
		assert.Equal(t, name, *parameter.Name)
		values[aws.ToString(parameter.Selector)] = *parameter.Value
	}
	assert.Equal(t, map[string]string{"": "second", ":previous": "first"}, values)

	label(2, "previous")
	moved, err := p.get(t, name+":previous", true)
	require.NoError(t, err)
	assert.EqualValues(t, 2, moved.Version)

	removed, err := p.ssm.UnlabelParameterVersion(t.Context(), &ssm.UnlabelParameterVersionInput{
		Name: &name, ParameterVersion: aws.Int64(2), Labels: []string{"previous", "other"},
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"previous"}, removed.RemovedLabels)
	assert.Equal(t, []string{"other"}, removed.InvalidLabels)
	_, err = p.get(t, name+":previous", true)
	var noVersion *types.ParameterVersionNotFound
	require.ErrorAs(t, err, &noVersion)
}

func TestParameter_invalid_isRefused(t *testing.T) {
	p := newPlace(t)
	for _, name := range []string{"/a b", "/a//b"} {
		_, err := p.put(t, name, "x", false)
		assert.Equal(t, "ValidationException", code(t, err), name)
	}
	_, err := p.ssm.PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: aws.String("/" + randomName("suite")), Value: aws.String(string(make([]byte, 5000))), Type: types.ParameterTypeString,
	})
	assert.Equal(t, "ValidationException", code(t, err))
}
