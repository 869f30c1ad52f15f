package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// location is where the compiler keeps the document when it does not say itself.
const location = "https://document.example/openapi.json"

// Document is an OpenAPI document that answers can be checked against.
type Document struct {
	root     map[string]any
	id       string
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

// Operation is a method and a path with variables, as the document has them.
type Operation struct{ Method, Path string }

// Answer is what came back from a server.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Parse reads a document in YAML.
func Parse(data []byte) (*Document, error) {
	inJSON, err := yaml.YAMLToJSON(data)
	if err != nil {
		return nil, err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(inJSON))
	if err != nil {
		return nil, err
	}
	root, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("the document is not an object")
	}
	d := &Document{root: root, id: location, compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}}
	if id, ok := root["$id"].(string); ok {
		d.id = id
	}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	return d, d.compiler.AddResource(d.id, root)
}

// Operations are all operations of the document, in order.
func (d *Document) Operations() []Operation {
	var all []Operation
	for path, item := range object(d.root["paths"]) {
		for method := range object(item) {
			if method != "parameters" {
				all = append(all, Operation{strings.ToUpper(method), path})
			}
		}
	}
	slices.SortFunc(all, func(a, b Operation) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return all
}

// Names reports whether the document has a status for an operation.
func (d *Document) Names(o Operation, status int) bool {
	responses := d.at("/paths/" + escape(o.Path) + "/" + strings.ToLower(o.Method) + "/responses")
	_, known := object(responses)[strconv.Itoa(status)]
	return known
}

// Check says what is wrong with an answer to an operation, nil if nothing is.
func (d *Document) Check(o Operation, a Answer) error {
	pointer := "/paths/" + escape(o.Path) + "/" + strings.ToLower(o.Method) + "/responses"
	responses := object(d.at(pointer))
	if responses == nil {
		return fmt.Errorf("the document has no %s %s", o.Method, o.Path)
	}
	status := strconv.Itoa(a.Status)
	if _, known := responses[status]; !known {
		return fmt.Errorf("%s %s is answered %s, which the document does not name", o.Method, o.Path, status)
	}
	pointer = d.resolve(pointer + "/" + status)
	if err := d.checkHeaders(pointer, a.Header); err != nil {
		return fmt.Errorf("%s %s, %s: %w", o.Method, o.Path, status, err)
	}
	if err := d.checkBody(pointer, a); err != nil {
		return fmt.Errorf("%s %s, %s: %w", o.Method, o.Path, status, err)
	}
	return nil
}

func (d *Document) checkHeaders(pointer string, header http.Header) error {
	for name := range object(d.at(pointer + "/headers")) {
		value := header.Get(name)
		if value == "" {
			return fmt.Errorf("the header %s is missing", name)
		}
		where := d.resolve(pointer+"/headers/"+escape(name)) + "/schema"
		var typed any = value
		if object(d.at(where))["type"] == "integer" {
			typed = json.Number(value)
		}
		if err := d.validate(where, typed); err != nil {
			return fmt.Errorf("the header %s: %w", name, err)
		}
	}
	return nil
}

func (d *Document) checkBody(pointer string, a Answer) error {
	contents := object(d.at(pointer + "/content"))
	if contents == nil {
		if len(a.Body) > 0 {
			return errors.New("there is a body although the document has none")
		}
		return nil
	}
	media, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	if _, known := contents[media]; !known {
		return fmt.Errorf("the document does not name the content type %q", media)
	}
	if media != "application/json" {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.Body))
	if err != nil {
		return err
	}
	return d.validate(pointer+"/content/"+escape(media)+"/schema", value)
}

func (d *Document) validate(pointer string, value any) error {
	schema, known := d.compiled[pointer]
	if !known {
		var err error
		if schema, err = d.compiler.Compile(d.id + "#" + pointer); err != nil {
			return fmt.Errorf("reading the schema at %s: %w", pointer, err)
		}
		d.compiled[pointer] = schema
	}
	return schema.Validate(value)
}

// at returns what a JSON pointer points to, nil if there is nothing.
func (d *Document) at(pointer string) any {
	var here any = d.root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		here = object(here)[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	return here
}

// resolve follows a reference within the document.
func (d *Document) resolve(pointer string) string {
	if reference, ok := object(d.at(pointer))["$ref"].(string); ok {
		return strings.TrimPrefix(reference, "#")
	}
	return pointer
}

func object(value any) map[string]any {
	o, _ := value.(map[string]any)
	return o
}

func escape(part string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(part)
}
