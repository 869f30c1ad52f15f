// Package contract checks live answers against an OpenAPI 3.1 document and
// entries against the published schemas of server.json.
//
// It knows as much of OpenAPI as the documents here use: paths with variables,
// statuses, media types, headers and JSON Schema 2020-12. It does not check
// requests: what the server makes of odd ones is the business of other tests.
package contract
