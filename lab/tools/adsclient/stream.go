package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sort"
	"sync"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	clusterType  = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
	listenerType = "type.googleapis.com/envoy.config.listener.v3.Listener"
	endpointType = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
)

type node struct {
	ID       string         `json:"id"`
	Metadata map[string]any `json:"metadata"`
	Region   string         `json:"region"`
	Zone     string         `json:"zone"`
	SubZone  string         `json:"subZone"`
}

// state is what a proxy holds of what was asked for.
type state struct {
	Clusters map[string]cluster    `json:"clusters"`
	Eds      map[string]assignment `json:"eds"`
	Pushes   int                   `json:"pushes"`
	// By ADDRESS:PORT, where listeners were asked for.
	ServerNames map[string][]string `json:"serverNames,omitempty"`
}

// stream is one proxy's connection, kept up to date by a goroutine of its own.
type stream struct {
	cancel context.CancelFunc
	ads    discoveryv3.AggregatedDiscoveryService_StreamAggregatedResourcesClient

	lock        sync.Mutex
	changed     chan struct{}
	failure     error
	clusters    map[string]cluster
	assignments map[string]assignment
	// Newest version and nonce by type.
	acked map[string]ack
	// Names whose assignments are subscribed to, and those of them that are still without an answer.
	subscribed map[string]bool
	awaited    map[string]bool
	pushes     int
	// Nil until listeners were asked for and came.
	serverNames     map[string][]string
	asksForListener bool
}

type ack struct{ version, nonce string }

func openStream(address string, of node) (*stream, error) {
	metadata, err := structpb.NewStruct(of.Metadata)
	if err != nil {
		return nil, err
	}
	connection, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)))
	if err != nil {
		return nil, err
	}
	lifetime, cancel := context.WithCancel(context.Background())
	context.AfterFunc(lifetime, func() { _ = connection.Close() })
	ads, err := discoveryv3.NewAggregatedDiscoveryServiceClient(connection).StreamAggregatedResources(lifetime)
	if err != nil {
		cancel()
		return nil, err
	}
	opened := &stream{
		cancel: cancel, ads: ads, changed: make(chan struct{}), acked: map[string]ack{},
		assignments: map[string]assignment{}, subscribed: map[string]bool{}, awaited: map[string]bool{},
	}
	first := &discoveryv3.DiscoveryRequest{
		TypeUrl: clusterType,
		Node: &corev3.Node{
			Id: of.ID, Metadata: metadata,
			Locality: &corev3.Locality{Region: of.Region, Zone: of.Zone, SubZone: of.SubZone},
		},
	}
	if err := ads.Send(first); err != nil {
		cancel()
		return nil, err
	}
	go opened.receive()
	return opened, nil
}

func (s *stream) receive() {
	for {
		response, err := s.ads.Recv()
		if err == nil {
			err = s.take(response)
		}
		if err != nil {
			s.lock.Lock()
			s.failure = err
			s.tell()
			s.lock.Unlock()
			s.cancel()
			return
		}
	}
}

// tell wakes everybody who waits for a change. The lock must be held.
func (s *stream) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// take keeps a response and acknowledges it.
func (s *stream) take(response *discoveryv3.DiscoveryResponse) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	switch response.TypeUrl {
	case clusterType:
		// Clusters always come whole.
		clusters := map[string]cluster{}
		for _, resource := range response.Resources {
			var message clusterv3.Cluster
			if err := resource.UnmarshalTo(&message); err != nil {
				return err
			}
			summary, err := summarize(&message)
			if err != nil {
				return fmt.Errorf("cluster %s: %w", message.Name, err)
			}
			clusters[message.Name] = summary
		}
		s.clusters = clusters
	case endpointType:
		// Only those assignments that changed come.
		for _, resource := range response.Resources {
			var message endpointv3.ClusterLoadAssignment
			if err := resource.UnmarshalTo(&message); err != nil {
				return err
			}
			s.assignments[message.ClusterName] = assign(&message)
			delete(s.awaited, message.ClusterName)
		}
	case listenerType:
		// Listeners always come whole.
		names := map[string][]string{}
		for _, resource := range response.Resources {
			var message listenerv3.Listener
			if err := resource.UnmarshalTo(&message); err != nil {
				return err
			}
			at := addressText(message.Address)
			for _, chain := range message.FilterChains {
				names[at] = append(names[at], chain.GetFilterChainMatch().GetServerNames()...)
			}
		}
		s.serverNames = names
	default:
		return fmt.Errorf("nobody asked for %s", response.TypeUrl)
	}
	s.acked[response.TypeUrl] = ack{response.VersionInfo, response.Nonce}
	s.pushes++
	s.tell()
	return s.request(response.TypeUrl)
}

// request says what is subscribed to, which acknowledges the newest response too. The lock must be held.
func (s *stream) request(typeURL string) error {
	var names []string
	if typeURL == endpointType {
		for name := range s.subscribed {
			names = append(names, name)
		}
		sort.Strings(names)
	}
	newest := s.acked[typeURL]
	return s.ads.Send(&discoveryv3.DiscoveryRequest{
		TypeUrl: typeURL, ResourceNames: names, VersionInfo: newest.version, ResponseNonce: newest.nonce,
	})
}

// query subscribes to what is new among the names and waits until there are clusters and each name has been answered.
func (s *stream) query(names []string, listeners bool, patience time.Duration) (*state, error) {
	if err := s.subscribe(names, listeners); err != nil {
		return nil, err
	}
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		s.lock.Lock()
		found, failure, changed := s.pick(names, listeners), s.failure, s.changed
		s.lock.Unlock()
		if failure != nil {
			return nil, failure
		}
		if found != nil {
			return found, nil
		}
		select {
		case <-changed:
		case <-deadline.C:
			return nil, errors.New("istiod did not answer in time")
		}
	}
}

func (s *stream) subscribe(names []string, listeners bool) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if listeners && !s.asksForListener {
		s.asksForListener = true
		if err := s.request(listenerType); err != nil {
			return err
		}
	}
	grown := false
	for _, name := range names {
		if s.subscribed[name] {
			continue
		}
		s.subscribed[name], s.awaited[name], grown = true, true, true
	}
	if !grown {
		return nil
	}
	return s.request(endpointType)
}

// pick gives the state of the names, or nil while any has not been answered. The lock must be held.
func (s *stream) pick(names []string, listeners bool) *state {
	if s.clusters == nil || listeners && s.serverNames == nil {
		return nil
	}
	found := &state{Clusters: map[string]cluster{}, Eds: map[string]assignment{}, Pushes: s.pushes}
	if listeners {
		found.ServerNames = s.serverNames
	}
	for _, name := range names {
		if s.awaited[name] {
			return nil
		}
		if summary, ok := s.clusters[name]; ok {
			found.Clusters[name] = summary
		}
		if held, ok := s.assignments[name]; ok {
			found.Eds[name] = held
		}
	}
	return found
}
