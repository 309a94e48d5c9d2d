package faults

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// messageOf is a whole message of a test, received at noon.
func messageOf(n string) string {
	return `{"email_timestream": ` + n + `, "email_content": "` + n + `", "received_at": "2026-01-02T12:00:00.000000+00:00"}`
}

func objectKeyOf(n, id string) string {
	return "emails/v1/local/2026/01/02/" + n + "_msgid=" + id + ".json"
}

// planted is what a bucket and a dead-letter queue hold after some messages were sent.
type planted struct {
	messages []sent
	objects  map[string][]object
	dead     map[string][]string
}

func goodWorld() planted {
	p := planted{objects: map[string][]object{}, dead: map[string][]string{"dd": {"poison"}}}
	for n, id := range map[string]string{"1": "aa", "2": "bb", "3": "cc"} {
		p.messages = append(p.messages, sent{id: id, body: messageOf(n), key: objectKeyOf(n, id)})
		p.objects[id] = []object{{objectKeyOf(n, id), messageOf(n)}}
	}
	p.messages = append(
		p.messages,
		sent{id: "dd", body: "poison"},
		sent{id: "k1", body: messageOf("8"), key: "keyed", keyed: true},
		sent{id: "k2", body: messageOf("9"), key: "keyed", keyed: true},
		sent{id: "ee", body: messageOf("4"), key: objectKeyOf("4", "ee"), purged: true},
		sent{body: withoutTime(messageOf("5"))},
	)
	p.objects["keyed"] = []object{{"keyed", messageOf("9")}}
	p.objects["0a"] = []object{{objectKeyOf("1", "0a"), messageOf("1")}} // sent twice by the api's SDK
	p.objects["0b"] = []object{{objectKeyOf("5", "0b"), messageOf("5")}} // the answer was lost
	return p
}

func TestBalance_everyMessageInItsPlace_findsNothing(t *testing.T) {
	p := goodWorld()
	assert.Equal(t, ledger{accepted: 7, stored: 5, dead: 1, purged: 1, resent: 2}, balance(p.messages, p.objects, p.dead))
}

func TestBalance_plantedFault_isFound(t *testing.T) {
	for name, c := range map[string]struct {
		plant func(p *planted)
		want  ledger
	}{
		"lost": {
			func(p *planted) { delete(p.objects, "bb") },
			ledger{accepted: 7, stored: 4, dead: 1, purged: 1, resent: 2, lost: 1},
		},
		"lost, the object of an idempotency key": {
			func(p *planted) { delete(p.objects, "keyed") },
			ledger{accepted: 7, stored: 3, dead: 1, purged: 1, resent: 2, lost: 2},
		},
		"doubled, two objects of one id": {
			func(p *planted) {
				p.objects["aa"] = append(p.objects["aa"], object{"emails/v1/local/2026/01/03/1_msgid=aa.json", messageOf("1")})
			},
			ledger{accepted: 7, stored: 4, dead: 1, purged: 1, resent: 2, doubled: 1},
		},
		"doubled, one id for two requests": {
			func(p *planted) { p.messages = append(p.messages, p.messages[0]) },
			ledger{accepted: 8, stored: 6, dead: 1, purged: 1, resent: 2, doubled: 1},
		},
		"foreign, content of no request": {
			func(p *planted) { p.objects["ff"] = []object{{objectKeyOf("7", "ff"), messageOf("7")}} },
			ledger{accepted: 7, stored: 5, dead: 1, purged: 1, resent: 2, foreign: 1},
		},
		"foreign, a request's content at another date": {
			func(p *planted) { p.objects["0b"][0].key = "emails/v1/local/2026/01/03/5_msgid=0b.json" },
			ledger{accepted: 7, stored: 5, dead: 1, purged: 1, resent: 1, foreign: 1},
		},
		"foreign, an accepted request's content received at another time": {
			func(p *planted) {
				p.objects["0a"][0].content = withoutTime(messageOf("1")) + `, "received_at": "2026-01-02T13`
			},
			ledger{accepted: 7, stored: 5, dead: 1, purged: 1, resent: 1, foreign: 1},
		},
		"foreign, a keyed request's content without its key": {
			func(p *planted) { p.objects["0b"] = []object{{objectKeyOf("8", "0b"), messageOf("8")}} },
			ledger{accepted: 7, stored: 5, dead: 1, purged: 1, resent: 1, foreign: 1},
		},
		"foreign, in the dead-letter queue": {
			func(p *planted) { p.dead["ff"] = []string{"x"} },
			ledger{accepted: 7, stored: 5, dead: 1, purged: 1, resent: 2, foreign: 1},
		},
		"cross-wired, two contents": {
			func(p *planted) {
				p.objects["aa"][0].content, p.objects["bb"][0].content = p.objects["bb"][0].content, p.objects["aa"][0].content
			},
			ledger{accepted: 7, stored: 3, dead: 1, purged: 1, resent: 2, crossWired: 2},
		},
		"cross-wired, the content of another idempotency key": {
			func(p *planted) { p.objects["keyed"][0].content = messageOf("1") },
			ledger{accepted: 7, stored: 3, dead: 1, purged: 1, resent: 2, crossWired: 2},
		},
		"altered, received at another time": {
			func(p *planted) { p.objects["aa"][0].content += " " },
			ledger{accepted: 7, stored: 4, dead: 1, purged: 1, resent: 2, altered: 1},
		},
		"altered key": {
			func(p *planted) { p.objects["aa"][0].key = objectKeyOf("2", "aa") },
			ledger{accepted: 7, stored: 4, dead: 1, purged: 1, resent: 2, altered: 1},
		},
		"altered content": {
			func(p *planted) { p.objects["aa"][0].content = "{}" },
			ledger{accepted: 7, stored: 4, dead: 1, purged: 1, resent: 2, altered: 1},
		},
		"altered in the dead-letter queue": {
			func(p *planted) { p.dead["dd"][0] = "poi" },
			ledger{accepted: 7, stored: 5, purged: 1, resent: 2, altered: 1},
		},
		"stored and dead": {
			func(p *planted) { p.dead["aa"] = []string{messageOf("1")} },
			ledger{accepted: 7, stored: 4, dead: 1, purged: 1, resent: 2, storedAndDead: 1},
		},
		"a good message in the dead-letter queue": {
			func(p *planted) { p.dead["aa"] = []string{messageOf("1")}; delete(p.objects, "aa") },
			ledger{accepted: 7, stored: 4, dead: 2, purged: 1, resent: 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := goodWorld()
			c.plant(&p)
			got := balance(p.messages, p.objects, p.dead)
			faults := got.lost + got.doubled + got.foreign + got.crossWired + got.altered + got.storedAndDead
			assert.Len(t, got.findings, faults, "%s", got.findings)
			got.findings = nil
			assert.Equal(t, c.want, got)
		})
	}
}
