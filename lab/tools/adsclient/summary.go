package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
)

// The names under which Istio's metadata is kept, see pilot/pkg/networking/util/util.go.
const (
	socketMatchMetadata = "envoy.transport_socket_match"
	istioMetadata       = "istio"
	// The certificate that every workload's own identity is served under.
	workloadCertificate = "default"
)

type tlsSummary struct {
	Mode string   `json:"mode"`
	SNI  string   `json:"sni"`
	SANs []string `json:"sans"`
}

type socketMatch struct {
	Name    string     `json:"name"`
	TLSMode string     `json:"tlsMode"`
	TLS     tlsSummary `json:"tls"`
}

type cluster struct {
	Name             string        `json:"name"`
	Type             string        `json:"type"`
	TLS              tlsSummary    `json:"tls"`
	Matches          []socketMatch `json:"matches"`
	LBPolicy         string        `json:"lbPolicy"`
	LocalityWeighted bool          `json:"localityWeighted"`
	PanicThreshold   *float64      `json:"panicThreshold,omitempty"`
	OutlierDetection bool          `json:"outlierDetection"`
}

type host struct {
	Address  string `json:"address"`
	Weight   uint32 `json:"weight"`
	Health   string `json:"health"`
	TLSMode  string `json:"tlsMode"`
	Workload string `json:"workload"`
	Cluster  string `json:"cluster"`
}

type group struct {
	Region    string  `json:"region"`
	Zone      string  `json:"zone"`
	SubZone   string  `json:"subZone"`
	Priority  uint32  `json:"priority"`
	Weight    *uint32 `json:"weight,omitempty"`
	Endpoints []host  `json:"endpoints"`
}

type assignment struct {
	Groups                 []group `json:"groups"`
	OverprovisioningFactor *uint32 `json:"overprovisioningFactor,omitempty"`
}

func summarize(of *clusterv3.Cluster) (cluster, error) {
	found := cluster{
		Name: of.Name, Type: typeName(of), Matches: []socketMatch{}, LBPolicy: of.LbPolicy.String(),
		LocalityWeighted: of.CommonLbConfig.GetLocalityWeightedLbConfig() != nil,
		OutlierDetection: of.OutlierDetection != nil,
	}
	if threshold := of.CommonLbConfig.GetHealthyPanicThreshold(); threshold != nil {
		found.PanicThreshold = &threshold.Value
	}
	// A socket of a match counts for the endpoints that carry its labels, the cluster's own for the others.
	tls, err := summarizeSocket(of.TransportSocket)
	if err != nil {
		return cluster{}, err
	}
	found.TLS = tls
	for _, match := range of.TransportSocketMatches {
		tls, err := summarizeSocket(match.TransportSocket)
		if err != nil {
			return cluster{}, err
		}
		mode := match.Match.GetFields()["tlsMode"].GetStringValue()
		found.Matches = append(found.Matches, socketMatch{Name: match.Name, TLSMode: mode, TLS: tls})
	}
	return found, nil
}

func typeName(of *clusterv3.Cluster) string {
	if of.GetClusterType() != nil {
		return "OTHER"
	}
	return of.GetType().String()
}

func summarizeSocket(socket *corev3.TransportSocket) (tlsSummary, error) {
	raw := tlsSummary{Mode: "raw", SANs: []string{}}
	config := socket.GetTypedConfig()
	if config == nil || !config.MessageIs(&tlsv3.UpstreamTlsContext{}) {
		return raw, nil
	}
	var context tlsv3.UpstreamTlsContext
	if err := config.UnmarshalTo(&context); err != nil {
		return raw, err
	}
	found := tlsSummary{Mode: "tls", SNI: context.Sni, SANs: []string{}}
	common := context.GetCommonTlsContext()
	for _, secret := range common.GetTlsCertificateSdsSecretConfigs() {
		if secret.Name == workloadCertificate {
			found.Mode = "istio"
		}
	}
	validation := common.GetValidationContext()
	if combined := common.GetCombinedValidationContext(); combined != nil {
		validation = combined.GetDefaultValidationContext()
	}
	for _, name := range validation.GetMatchTypedSubjectAltNames() {
		found.SANs = append(found.SANs, name.GetMatcher().GetExact())
	}
	for _, matcher := range validation.GetMatchSubjectAltNames() {
		found.SANs = append(found.SANs, matcher.GetExact())
	}
	return found, nil
}

func assign(of *endpointv3.ClusterLoadAssignment) assignment {
	found := assignment{Groups: []group{}}
	if factor := of.GetPolicy().GetOverprovisioningFactor(); factor != nil {
		found.OverprovisioningFactor = &factor.Value
	}
	for _, locality := range of.Endpoints {
		made := group{
			Region: locality.GetLocality().GetRegion(), Zone: locality.GetLocality().GetZone(),
			SubZone: locality.GetLocality().GetSubZone(), Priority: locality.Priority, Endpoints: []host{},
		}
		if weight := locality.LoadBalancingWeight; weight != nil {
			made.Weight = &weight.Value
		}
		for _, endpoint := range locality.LbEndpoints {
			made.Endpoints = append(made.Endpoints, describe(endpoint))
		}
		found.Groups = append(found.Groups, made)
	}
	return found
}

func describe(of *endpointv3.LbEndpoint) host {
	found := host{
		Address: addressText(of.GetEndpoint().GetAddress()),
		Weight:  of.GetLoadBalancingWeight().GetValue(),
		Health:  of.HealthStatus.String(),
		TLSMode: text(of.Metadata, socketMatchMetadata, "tlsMode"),
	}
	// workload;namespace;canonical name;canonical revision;cluster
	parts := strings.Split(text(of.Metadata, istioMetadata, "workload"), ";")
	if len(parts) == 5 {
		found.Workload, found.Cluster = parts[0], parts[4]
	}
	return found
}

func text(metadata *corev3.Metadata, filter, field string) string {
	return metadata.GetFilterMetadata()[filter].GetFields()[field].GetStringValue()
}

func addressText(of *corev3.Address) string {
	switch kind := of.GetAddress().(type) {
	case *corev3.Address_SocketAddress:
		return net.JoinHostPort(kind.SocketAddress.Address, strconv.Itoa(int(kind.SocketAddress.GetPortValue())))
	case *corev3.Address_Pipe:
		return "pipe:" + kind.Pipe.Path
	case *corev3.Address_EnvoyInternalAddress:
		internal := kind.EnvoyInternalAddress
		return fmt.Sprintf("%s/%s", internal.GetServerListenerName(), internal.EndpointId)
	default:
		return ""
	}
}
