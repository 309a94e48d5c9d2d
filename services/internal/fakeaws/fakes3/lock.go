package fakes3

import "sync"

// keyLocks are mutexes by key, kept only as long as a goroutine holds or awaits
// them.
type keyLocks struct {
	mu    sync.Mutex
	locks map[string]*keyLock
}

type keyLock struct {
	mu    sync.Mutex
	users int
}

// lock waits for the key and returns what gives it back.
func (k *keyLocks) lock(key string) (unlock func()) {
	k.mu.Lock()
	if k.locks == nil {
		k.locks = map[string]*keyLock{}
	}
	held := k.locks[key]
	if held == nil {
		held = &keyLock{}
		k.locks[key] = held
	}
	held.users++
	k.mu.Unlock()
	held.mu.Lock()
	return func() {
		held.mu.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		held.users--
		if held.users == 0 {
			delete(k.locks, key)
		}
	}
}
