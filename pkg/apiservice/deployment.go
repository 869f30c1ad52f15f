package apiservice

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

const (
	portName        = "http"
	metricsPortName = "metrics"
	// nonRoot is the user that minimal images call "nonroot".
	nonRoot = 65532
)

// service keeps the port's number, name and target with TLS too: while a roll-out
// to TLS cannot go on, the pods before it go on answering. With another name the
// port would have no endpoints until Kubernetes has renamed theirs.
func service(r Registry) *corev1.Service {
	port := corev1.ServicePort{
		Name:       portName,
		Protocol:   corev1.ProtocolTCP,
		Port:       v1alpha1.APIPort,
		TargetPort: intstr.FromString(portName),
	}
	if r.Access.TLSSecret != "" {
		port.AppProtocol = new("https")
	}
	return &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: meta(r),
		Spec: corev1.ServiceSpec{
			Type:     corev1.ServiceTypeClusterIP,
			Selector: selector(r),
			Ports:    []corev1.ServicePort{port},
		},
	}
}

// deployment rolls without a gap: a new pod has to be ready before an old one goes.
func deployment(r Registry, template corev1.PodTemplateSpec) *appsv1.Deployment {
	return &appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: appsv1.SchemeGroupVersion.String(), Kind: "Deployment"},
		ObjectMeta: meta(r),
		Spec: appsv1.DeploymentSpec{
			Replicas: r.Replicas,
			Selector: &metav1.LabelSelector{MatchLabels: selector(r)},
			Template: template,
			Strategy: appsv1.DeploymentStrategy{
				Type: appsv1.RollingUpdateDeploymentStrategyType,
				RollingUpdate: &appsv1.RollingUpdateDeployment{
					MaxUnavailable: new(intstr.FromInt32(0)),
					MaxSurge:       new(intstr.FromInt32(1)),
				},
			},
		},
	}
}

// ownTemplate is the pod template before the user's is merged over it. Nothing
// may go in here that changes without a reason to restart pods: no chunk names,
// no digest, no display name. The size of the content may, in its large steps.
func ownTemplate(r Registry) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: labels(r)},
		Spec: corev1.PodSpec{
			ServiceAccountName:            v1alpha1.APIName(r.Name),
			AutomountServiceAccountToken:  new(true),
			ImagePullSecrets:              r.ImagePullSecrets,
			TerminationGracePeriodSeconds: new(int64(30)),
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot:   new(true),
				RunAsUser:      new(int64(nonRoot)),
				RunAsGroup:     new(int64(nonRoot)),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{
				MaxSkew:           1,
				TopologyKey:       corev1.LabelHostname,
				WhenUnsatisfiable: corev1.ScheduleAnyway,
				LabelSelector:     &metav1.LabelSelector{MatchLabels: selector(r)},
			}},
			Volumes:    r.Access.volumes(),
			Containers: []corev1.Container{ownContainer(r)},
		},
	}
}

func ownContainer(r Registry) corev1.Container {
	return corev1.Container{
		Name:            v1alpha1.APIContainer,
		Image:           r.Image,
		ImagePullPolicy: r.ImagePullPolicy,
		Args: append([]string{
			"serve",
			"--registry-name=" + r.Name,
			"--storage-name=" + v1alpha1.StorageName(r.Name),
		}, r.Access.args()...),
		Env: append([]corev1.EnvVar{
			{Name: "MCP_REGISTRY_NAMESPACE", ValueFrom: &corev1.EnvVarSource{
				FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"}}},
			// From the limit itself, so that a limit in the podTemplateSpec counts.
			{Name: "MCP_REGISTRY_MEMORY_LIMIT", ValueFrom: &corev1.EnvVarSource{
				ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.memory"}}},
		}, r.Proxy.env(r.Access)...),
		// The second one is not the Service's, so that an Ingress cannot expose it.
		Ports: []corev1.ContainerPort{
			{Name: portName, ContainerPort: v1alpha1.APIPort, Protocol: corev1.ProtocolTCP},
			{Name: metricsPortName, ContainerPort: v1alpha1.APIMetricsPort, Protocol: corev1.ProtocolTCP},
		},
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{
				corev1.ResourceCPU:    resource.MustParse("10m"),
				corev1.ResourceMemory: resource.MustParse("64Mi"),
			},
			Limits: corev1.ResourceList{corev1.ResourceMemory: memoryLimit(r.ContentBytes)},
		},
		// A large snapshot may take a while to load on a slow node; liveness must
		// not kill a pod that is still starting.
		StartupProbe:   probe(r, "/health", 1, 60),
		ReadinessProbe: probe(r, "/readiness", 5, 3),
		LivenessProbe:  probe(r, "/health", 10, 3),
		VolumeMounts:   r.Access.mounts(),
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(false),
			ReadOnlyRootFilesystem:   new(true),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
	}
}

func probe(r Registry, path string, period, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{
			HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString(portName), Scheme: r.Access.scheme()},
		},
		PeriodSeconds:    period,
		TimeoutSeconds:   3,
		FailureThreshold: failures,
	}
}
