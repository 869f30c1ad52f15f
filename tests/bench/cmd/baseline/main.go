// Baseline is the least that must be done for what the API service does:
//
//	baseline serve ADDRESS    answers every path with the same bytes, as many as
//	                          /size/N said last, or with 304 after /size/304; it
//	                          has the time-outs of the API service
//	baseline read NAMESPACE POINTER
//	                          reads the chunks of a stored snapshot, decompresses
//	                          them and computes the SHA-256
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/chunk"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "serve":
		return serve(args[1])
	case len(args) == 3 && args[0] == "read":
		return read(context.Background(), args[1], args[2])
	}
	return errors.New("baseline serve ADDRESS, or baseline read NAMESPACE POINTER")
}

// serve is the shortest handler that a Go programmer would write for it. A 304 has
// the headers without which RFC 9110 allows none.
func serve(address string) error {
	body := bytes.Repeat([]byte("x"), 4<<20)
	var size atomic.Int64
	handler := func(w http.ResponseWriter, r *http.Request) {
		if text, found := strings.CutPrefix(r.URL.Path, "/size/"); found {
			n, err := strconv.Atoi(text)
			if err != nil || n > len(body) {
				w.WriteHeader(http.StatusBadRequest)
			}
			size.Store(int64(n))
			return
		}
		n := int(size.Load())
		if n == http.StatusNotModified {
			w.Header().Set("ETag", `W/"0123456789abcdef-0123456789abcdef"`)
			w.Header().Set("Cache-Control", "no-cache")
			w.Header().Set("Vary", "Accept-Encoding")
			w.WriteHeader(n)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(n))
		_, _ = w.Write(body[:n])
	}
	server := apiserver.HTTPServer(http.HandlerFunc(handler))
	server.Addr = address
	return server.ListenAndServe()
}

func read(ctx context.Context, namespace, pointer string) error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS, config.ContentType = -1, runtime.ContentTypeProtobuf
	client, err := corev1.NewForConfig(config)
	if err != nil {
		return err
	}
	get := func(name string) (map[string][]byte, string, error) {
		object, err := client.ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return nil, "", err
		}
		return object.BinaryData, object.Data[v1alpha1.StorageKeyManifest], nil
	}
	_, text, err := get(pointer)
	if err != nil {
		return err
	}
	manifest, err := chunk.ParseManifest([]byte(text))
	if err != nil {
		return err
	}
	var compressed bytes.Buffer
	for _, c := range manifest.Chunks {
		data, _, err := get(c.Name)
		if err != nil {
			return err
		}
		compressed.Write(data[v1alpha1.StorageKeyChunk])
	}
	return hash(&compressed, manifest.Size)
}

func hash(compressed io.Reader, size int64) error {
	decoder, err := zstd.NewReader(compressed)
	if err != nil {
		return err
	}
	defer decoder.Close()
	content := make([]byte, size)
	if _, err := io.ReadFull(decoder, content); err != nil {
		return err
	}
	fmt.Printf("%x\n", sha256.Sum256(content))
	return nil
}
