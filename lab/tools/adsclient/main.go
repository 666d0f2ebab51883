// A client of istiod's discovery service for many proxies at once. It reads one JSON request a line from its standard
// input and writes one JSON answer a line, in whatever order they are ready. It ends with its standard input.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// request asks what a proxy holds. Equal stream names mean the same stream; the first request with a name opens it.
type request struct {
	ID int64 `json:"id"`
	// "query" or "close"; close ends every stream.
	Op      string `json:"op"`
	Stream  string `json:"stream"`
	Address string `json:"address"`
	Node    node   `json:"node"`
	// CDS cluster names; their assignments are subscribed to.
	Names []string `json:"names"`
	// Asks for the listeners too: the server names of each.
	Listeners bool `json:"listeners"`
	// How long the first answers may take.
	TimeoutMs int64 `json:"timeoutMs"`
}

type answer struct {
	ID    int64  `json:"id"`
	Error string `json:"error,omitempty"`
	*state
}

type streams struct {
	lock   sync.Mutex
	byName map[string]*stream
}

func (s *streams) open(r request) (*stream, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if held, ok := s.byName[r.Stream]; ok {
		return held, nil
	}
	opened, err := openStream(r.Address, r.Node)
	if err != nil {
		return nil, err
	}
	s.byName[r.Stream] = opened
	return opened, nil
}

func (s *streams) drop(name string, broken *stream) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.byName[name] == broken {
		delete(s.byName, name)
	}
	broken.cancel()
}

func (s *streams) closeAll() {
	s.lock.Lock()
	defer s.lock.Unlock()
	for name, held := range s.byName {
		held.cancel()
		delete(s.byName, name)
	}
}

func (s *streams) answer(r request) answer {
	if r.Op == "close" {
		s.closeAll()
		return answer{ID: r.ID}
	}
	held, err := s.open(r)
	if err != nil {
		return answer{ID: r.ID, Error: err.Error()}
	}
	found, err := held.query(r.Names, r.Listeners, time.Duration(r.TimeoutMs)*time.Millisecond)
	if err != nil {
		s.drop(r.Stream, held)
		return answer{ID: r.ID, Error: err.Error()}
	}
	return answer{ID: r.ID, state: found}
}

func main() {
	held := &streams{byName: map[string]*stream{}}
	var output sync.Mutex
	encoder := json.NewEncoder(os.Stdout)
	input := bufio.NewReader(os.Stdin)
	for {
		line, err := input.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		if err := json.Unmarshal(line, &asked); err != nil {
			fmt.Fprintln(os.Stderr, "a line that is no request:", err)
			continue
		}
		go func() {
			told := held.answer(asked)
			output.Lock()
			defer output.Unlock()
			if err := encoder.Encode(told); err != nil {
				os.Exit(1)
			}
		}()
	}
}
