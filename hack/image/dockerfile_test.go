package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/container"
)

// TestDockerfileMakesTheSameImage: the files come from this command; what is said a
// second time is compared.
func TestDockerfileMakesTheSameImage(t *testing.T) {
	data, err := os.ReadFile("../../Dockerfile")
	require.NoError(t, err)
	_, last, found := strings.Cut(string(data), "\nFROM scratch\n")
	require.True(t, found, "the image begins with nothing")

	config := configuration(t)
	require.Equal(t, []string{
		"COPY --from=build /out/root/ /",
		"USER " + config.User,
		"WORKDIR " + config.WorkingDir,
		`ENTRYPOINT ["` + config.Entrypoint[0] + `"]`,
	}, strings.Split(strings.TrimSpace(last), "\n"))
	require.Contains(t, string(data), " -root /out/root\n")
}

func configuration(t *testing.T) v1.Config {
	t.Helper()
	image, err := container.Operator.Image(nil, "amd64", container.Origin{})
	require.NoError(t, err)
	file, err := image.ConfigFile()
	require.NoError(t, err)
	return file.Config
}

// TestDockerfileBuildsTheSameProgram: with the same flags and the same Go.
func TestDockerfileBuildsTheSameProgram(t *testing.T) {
	command := regexp.MustCompile(`CGO_ENABLED=0 GOOS=linux go build .* -ldflags ['"][^'"]+['"]`)
	build := func(path string) string {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		found := command.FindAllString(string(data), -1)
		require.Len(t, found, 1, path)
		return strings.NewReplacer("'", `"`, "$(VERSION)", "${VERSION}").Replace(found[0])
	}
	require.Equal(t, build("../../Makefile"), build("../../Dockerfile"))

	module, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(module))
	require.Len(t, version, 2)
	data, err := os.ReadFile("../../Dockerfile")
	require.NoError(t, err)
	require.Contains(t, string(data), "FROM golang:"+version[1]+" AS build\n")
}
