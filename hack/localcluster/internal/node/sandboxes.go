package node

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
)

// RuntimeReady says whether containerd can run Pods.
func RuntimeReady(ctx context.Context, c plan.Cluster) (bool, error) {
	conn, err := dial(c)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	_, err = runtimeapi.NewRuntimeServiceClient(conn).Version(ctx, &runtimeapi.VersionRequest{})
	return err == nil, nil
}

// RemovePods ends all Pods through containerd, which also takes down their
// networks. The kubelet must have ended before, or it would start them again.
func RemovePods(ctx context.Context, c plan.Cluster) error {
	conn, err := dial(c)
	if err != nil {
		return err
	}
	defer conn.Close()
	client := runtimeapi.NewRuntimeServiceClient(conn)
	pods, err := client.ListPodSandbox(ctx, &runtimeapi.ListPodSandboxRequest{})
	if err != nil {
		return fmt.Errorf("list Pods in containerd: %w", err)
	}
	errs := make([]error, len(pods.Items))
	var wg sync.WaitGroup
	for i, pod := range pods.Items {
		wg.Go(func() { errs[i] = removePod(ctx, client, pod) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func removePod(ctx context.Context, client runtimeapi.RuntimeServiceClient, pod *runtimeapi.PodSandbox) error {
	if _, err := client.StopPodSandbox(ctx, &runtimeapi.StopPodSandboxRequest{PodSandboxId: pod.Id}); err != nil {
		return fmt.Errorf("stop Pod %s/%s: %w", pod.Metadata.GetNamespace(), pod.Metadata.GetName(), err)
	}
	if _, err := client.RemovePodSandbox(ctx, &runtimeapi.RemovePodSandboxRequest{PodSandboxId: pod.Id}); err != nil {
		return fmt.Errorf("remove Pod %s/%s: %w", pod.Metadata.GetNamespace(), pod.Metadata.GetName(), err)
	}
	return nil
}

func dial(c plan.Cluster) (*grpc.ClientConn, error) {
	conn, err := grpc.NewClient("unix://"+c.ContainerdSocket(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("connect to containerd: %w", err)
	}
	return conn, nil
}
