package contract_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/contract"
)

const small = `
openapi: 3.1.0
paths:
  /things/{id}:
    get:
      responses:
        "200":
          description: One.
          headers:
            Retry-After: {schema: {type: integer, maximum: 9}}
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Thing"}
        "304": {description: Nothing new.}
        "404": {$ref: "#/components/responses/Gone"}
components:
  responses:
    Gone: {description: None., content: {application/json: {schema: {type: object, required: [error]}}}}
  schemas:
    Thing: {type: object, required: [at], properties: {at: {type: string, format: date-time}}, additionalProperties: false}
`

// A check that lets everything pass would prove nothing.
func TestDocumentRefuses(t *testing.T) {
	document := parsed(t, []byte(small))
	get := contract.Operation{Method: http.MethodGet, Path: "/things/{id}"}
	require.Equal(t, []contract.Operation{get}, document.Operations())
	header := func(pairs ...string) http.Header {
		h := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Retry-After": {"5"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	const good = `{"at":"2026-01-02T12:00:00Z"}`
	cases := map[string]struct {
		operation contract.Operation
		answer    contract.Answer
		want      string
	}{
		"good":            {get, contract.Answer{Status: 200, Header: header(), Body: []byte(good)}, ""},
		"not modified":    {get, contract.Answer{Status: 304, Header: header()}, ""},
		"by reference":    {get, contract.Answer{Status: 404, Header: header(), Body: []byte(`{"error":"x"}`)}, ""},
		"other operation": {contract.Operation{Method: http.MethodPut, Path: "/things/{id}"}, contract.Answer{Status: 200}, "has no PUT"},
		"other status":    {get, contract.Answer{Status: 500, Header: header()}, "does not name"},
		"other type":      {get, contract.Answer{Status: 200, Header: header("Content-Type", "text/html"), Body: []byte(good)}, "content type"},
		"missing header":  {get, contract.Answer{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(good)}, "is missing"},
		"wrong header":    {get, contract.Answer{Status: 200, Header: header("Retry-After", "10"), Body: []byte(good)}, "Retry-After"},
		"wrong format":    {get, contract.Answer{Status: 200, Header: header(), Body: []byte(`{"at":"noon"}`)}, "date-time"},
		"more fields":     {get, contract.Answer{Status: 200, Header: header(), Body: []byte(`{"at":"2026-01-02T12:00:00Z","x":1}`)}, "additional"},
		"no JSON":         {get, contract.Answer{Status: 200, Header: header(), Body: []byte(`{`)}, "EOF"},
		"wrong reference": {get, contract.Answer{Status: 404, Header: header(), Body: []byte(`{}`)}, "missing property"},
		"body unexpected": {get, contract.Answer{Status: 304, Header: header(), Body: []byte(good)}, "a body although"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := document.Check(c.operation, c.answer)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}
