# For those who have a container engine; make image builds the same without one.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 GOOS=linux go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=${VERSION}" -o /out/program .
# All files of the image: the program, certificates, the user, and a folder /tmp.
RUN mkdir /out/root && go run ./hack/image -program linux=/out/program -root /out/root

FROM scratch
COPY --from=build /out/root/ /
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/mcp-registry-operator"]
