package fakes3

import (
	"io/fs"
	"maps"
	"slices"
	"sync"
)

// memory is a bucket that ends with the process. It takes any key.
type memory struct {
	mu      sync.RWMutex
	objects map[string]object
}

func newMemory() *memory { return &memory{objects: map[string]object{}} }

func (m *memory) get(key string) (object, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found, ok := m.objects[key]
	if !ok {
		return object{}, fs.ErrNotExist
	}
	return found, nil
}

func (m *memory) put(key string, o object) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.objects[key] = o
	return nil
}

func (m *memory) remove(key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, key)
	return nil
}

func (m *memory) keys() ([]string, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Collect(maps.Keys(m.objects)), nil
}
