// SPDX-License-Identifier: Apache-2.0

// An HTTPS server of Go's standard library, HTTP/1.1 only: go_server PORT KEY CERTIFICATE. Answers a thousand bytes.
package main

import (
	"bytes"
	"crypto/tls"
	"log"
	"net/http"
	"os"
)

func main() {
	body := bytes.Repeat([]byte("b"), 1000)
	server := http.Server{
		Addr:         "127.0.0.1:" + os.Args[1],
		Handler:      http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(body) }),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	log.Fatal(server.ListenAndServeTLS(os.Args[3], os.Args[2]))
}
