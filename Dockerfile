# For those who have a container engine; make image builds the same without one.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/mcp-registry-operator . \
    && mkdir -m 1777 /out/tmp \
    && echo 'nonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin' > /out/passwd \
    && echo 'nonroot:x:65532:' > /out/group

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/passwd /out/group /etc/
COPY --from=build /out/tmp /tmp
COPY --from=build /out/mcp-registry-operator /mcp-registry-operator
USER 65532:65532
ENTRYPOINT ["/mcp-registry-operator"]
