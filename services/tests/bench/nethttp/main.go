// Command nethttp does what baregin does, with the standard library alone.
package main

import (
	"encoding/json"
	"net/http"
	"os"
	"time"
)

type request struct {
	Data struct {
		Subject    string `json:"email_subject"`
		Sender     string `json:"email_sender"`
		Timestream any    `json:"email_timestream"`
		Content    string `json:"email_content"`
	} `json:"data"`
	Token string `json:"token"`
}

func main() {
	answer := func(w http.ResponseWriter, status int, body map[string]string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	http.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	http.HandleFunc("POST /ingest", func(w http.ResponseWriter, r *http.Request) {
		var payload request
		if err := json.NewDecoder(r.Body).Decode(&payload); err != nil {
			answer(w, http.StatusUnprocessableEntity, map[string]string{"detail": err.Error()})
			return
		}
		answer(w, http.StatusOK, map[string]string{"status": "accepted", "message_id": "none", "received_at": "none"})
	})
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), ReadHeaderTimeout: 10 * time.Second}
	if err := server.ListenAndServe(); err != nil {
		panic(err)
	}
}
