// SPDX-License-Identifier: Apache-2.0

// Go's net/http, server and client (see ../README.md).
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

type entry struct {
	N        int               `json:"n"`
	Method   string            `json:"method"`
	Uri      string            `json:"uri"`
	Status   *int              `json:"status"`
	Sent     int64             `json:"sent"`
	Received int64             `json:"received"`
	Number   *string           `json:"number"`
	Trailers map[string]string `json:"trailers"`
	Port     int               `json:"port"`
	Error    *string           `json:"error"`
}

type step struct {
	N        int    `json:"n"`
	Group    int    `json:"group"`
	Method   string `json:"method"`
	Path     string `json:"path"`
	Body     *int64 `json:"body"`
	Chunked  bool   `json:"chunked"`
	Trailers bool   `json:"trailers"`
	Expect   bool   `json:"expect"`
	Close    bool   `json:"close"`
	Abort    bool   `json:"abort"`
}

var lock sync.Mutex

func say(it *entry) {
	line, failure := json.Marshal(it)
	if failure != nil {
		log.Fatal(failure)
	}
	lock.Lock()
	defer lock.Unlock()
	fmt.Println(string(line))
}

func flat(headers http.Header) map[string]string {
	all := map[string]string{}
	for name, values := range headers {
		all[name] = strings.Join(values, ", ")
	}
	return all
}

func number(headers http.Header) *string {
	if value := headers.Get("X-Number"); value != "" {
		return &value
	}
	return nil
}

func handle(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Query().Get("n"))
	_, port, _ := net.SplitHostPort(r.RemoteAddr)
	it := &entry{N: n, Method: r.Method, Uri: r.RequestURI, Number: number(r.Header)}
	it.Port, _ = strconv.Atoi(port)
	parts := strings.Split(r.URL.Path, "/")
	argument := 0
	if len(parts) > 2 {
		argument, _ = strconv.Atoi(parts[2])
	}
	head := func(status int) {
		it.Status = &status
		w.Header().Set("X-Number", strconv.Itoa(n))
		w.WriteHeader(status)
	}
	write := func(data []byte) {
		if r.Method != "HEAD" {
			count, _ := w.Write(data)
			it.Sent += int64(count)
		}
	}
	answer := func(status int, text string) {
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		head(status)
		write([]byte(text))
	}
	if parts[1] != "early" && parts[1] != "slow" {
		it.Received, _ = io.Copy(io.Discard, r.Body)
		it.Trailers = flat(r.Trailer)
	}
	switch parts[1] {
	case "body":
		w.Header().Set("Content-Length", parts[2])
		head(200)
		write(bytes.Repeat([]byte("b"), argument))
	case "chunked":
		w.Header().Set("Trailer", "X-Sum")
		head(200)
		for left := argument; left > 0; left -= 1000 {
			size := left
			if size > 1000 {
				size = 1000
			}
			write(bytes.Repeat([]byte("c"), size))
			w.(http.Flusher).Flush()
		}
		w.Header().Set("X-Sum", strconv.Itoa(n))
	case "status":
		if argument == 204 || argument == 304 {
			head(argument)
		} else {
			answer(argument, "status "+parts[2])
		}
	case "upload":
		answer(200, fmt.Sprintf("%d bytes", it.Received))
	case "hints":
		w.Header().Set("Link", "</style.css>; rel=preload; as=style")
		w.WriteHeader(103)
		answer(200, "hints")
	case "early":
		answer(413, "too much")
	case "slow":
		head(200)
		write(bytes.Repeat([]byte("s"), 100))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		aborted := "aborted"
		it.Error = &aborted
		say(it)
		panic(http.ErrAbortHandler) // or it would end the response in order
	default:
		answer(404, "nothing here")
	}
	say(it)
}

func serve(version string, files []string) {
	listener, failure := net.Listen("tcp", "127.0.0.1:0")
	if failure != nil {
		log.Fatal(failure)
	}
	var handler http.Handler = http.HandlerFunc(handle)
	server := &http.Server{}
	if version == "2" && len(files) == 0 {
		handler = h2c.NewHandler(handler, &http2.Server{MaxConcurrentStreams: 250})
	} else if version != "2" {
		server.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
	}
	server.Handler = handler
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	if len(files) > 0 {
		log.Fatal(server.ServeTLS(listener, files[0], files[1]))
	}
	log.Fatal(server.Serve(listener))
}

func newClient(version, url string, ca []string) *http.Client {
	config := &tls.Config{}
	if len(ca) > 0 {
		pem, failure := os.ReadFile(ca[0])
		if failure != nil {
			log.Fatal(failure)
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(pem)
	}
	if version == "2" {
		transport := &http2.Transport{TLSClientConfig: config, DisableCompression: true}
		if strings.HasPrefix(url, "http:") {
			transport.AllowHTTP = true
			transport.DialTLS = func(network, address string, _ *tls.Config) (net.Conn, error) { return net.Dial(network, address) }
		}
		return &http.Client{Transport: transport}
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: config, DisableCompression: true, MaxConnsPerHost: 8, ExpectContinueTimeout: time.Minute,
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}}
}

// counted says how much was read of it.
type counted struct {
	io.Reader
	count *int64
}

func (c counted) Read(buffer []byte) (int, error) {
	count, failure := c.Reader.Read(buffer)
	*c.count += int64(count)
	return count, failure
}

func one(client *http.Client, url string, s step) *entry {
	it := &entry{N: s.N, Method: s.Method, Uri: s.Path}
	failed := func(failure error) *entry {
		text := failure.Error()
		it.Error = &text
		return it
	}
	var body io.Reader
	if s.Body != nil {
		body = counted{bytes.NewReader(bytes.Repeat([]byte("u"), int(*s.Body))), &it.Sent}
	}
	limit, cancel := context.WithCancel(context.Background())
	defer cancel()
	request, failure := http.NewRequestWithContext(limit, s.Method, url+s.Path, body)
	if failure != nil {
		log.Fatal(failure)
	}
	request.Header.Set("X-Number", strconv.Itoa(s.N))
	request.Close = s.Close
	if s.Body != nil && !s.Chunked {
		request.ContentLength = *s.Body
	}
	if s.Expect {
		request.Header.Set("Expect", "100-continue")
	}
	if s.Trailers {
		request.Trailer = http.Header{"X-Total": {strconv.Itoa(s.N)}}
	}
	response, failure := client.Do(request)
	if failure != nil {
		return failed(failure)
	}
	defer response.Body.Close()
	it.Status, it.Number = &response.StatusCode, number(response.Header)
	if s.Abort {
		read, _ := io.ReadFull(response.Body, make([]byte, 100))
		it.Received = int64(read)
		return failed(io.ErrUnexpectedEOF)
	}
	it.Received, failure = io.Copy(io.Discard, response.Body)
	if failure != nil {
		return failed(failure)
	}
	it.Trailers = flat(response.Trailer)
	return it
}

func request(version, url, path string, ca []string) {
	// Its own TLS is probed when it is traced: so it waits until it is, before its first call.
	bufio.NewReader(os.Stdin).ReadString('\n')
	others := runtime.NumGoroutine()
	client := newClient(version, url, ca)
	file, failure := os.Open(path)
	if failure != nil {
		log.Fatal(failure)
	}
	var steps []step
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var s step
		if failure := json.Unmarshal(lines.Bytes(), &s); failure != nil {
			log.Fatal(failure)
		}
		steps = append(steps, s)
	}
	for begin := 0; begin < len(steps); {
		var wait sync.WaitGroup
		end := begin
		for ; end < len(steps) && steps[end].Group == steps[begin].Group; end++ {
			wait.Add(1)
			go func(s step) {
				defer wait.Done()
				say(one(client, url, s))
			}(steps[end])
		}
		wait.Wait()
		begin = end
	}
	// A write that an early answer overtook has yet to return; if the program ended now, it never did.
	client.CloseIdleConnections()
	for i := 0; runtime.NumGoroutine() > others && i < 500; i++ {
		time.Sleep(10 * time.Millisecond)
	}
}

func trusting(ca string) *tls.Config {
	pem, failure := os.ReadFile(ca)
	if failure != nil {
		log.Fatal(failure)
	}
	config := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "127.0.0.1"}
	config.RootCAs.AppendCertsFromPEM(pem)
	return config
}

// dial connects; the handshake is yet to come.
func dial(address string, config *tls.Config) *tls.Conn {
	socket, failure := net.Dial("tcp", address)
	if failure != nil {
		log.Fatal(failure)
	}
	return tls.Client(socket, config)
}

// onStack reads answers into a buffer on the goroutine's stack, which the handshake inside of the first read makes move.
func onStack(address, ca string, count int) {
	bufio.NewReader(os.Stdin).ReadString('\n')
	config := trusting(ca)
	for n := 0; n < count; n++ {
		client, sizes := dial(address, config), make(chan int)
		go func() { sizes <- readOnStack(client) }()
		fmt.Fprintf(client, "GET /%d HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", n)
		fmt.Printf("%d\n", <-sizes)
		client.Close()
	}
}

func readOnStack(client *tls.Conn) int {
	var buffer [600]byte
	for size := 0; ; {
		n, failure := client.Read(buffer[:])
		size += n
		if failure != nil {
			return size
		}
	}
}

// hangUp opens connections, one after the other. One goroutine of each sends requests until another one has closed it under its hands.
func hangUp(address, ca string, count int, atOnce bool) {
	bufio.NewReader(os.Stdin).ReadString('\n')
	config := trusting(ca)
	for n := 0; n < count; n++ {
		connection := dial(address, config)
		if !atOnce { // else its first calls do it
			if failure := connection.Handshake(); failure != nil {
				log.Fatal(failure)
			}
		}
		go io.Copy(io.Discard, connection)
		start, closed := make(chan int), make(chan int)
		go func() {
			<-start
			time.Sleep(time.Duration(n%20) * 20 * time.Microsecond)
			connection.Close()
			close(closed)
		}()
		sent := 0
		for ; sent < 500; sent++ {
			if _, failure := fmt.Fprintf(connection, "GET /%d/%d HTTP/1.1\r\nHost: localhost\r\n\r\n", n, sent); failure != nil {
				break
			}
			if sent == 0 {
				close(start)
			}
		}
		<-closed
		fmt.Printf("%d %d\n", connection.LocalAddr().(*net.TCPAddr).Port, sent)
	}
}

func main() {
	a := os.Args[1:]
	if a[0] == "server" {
		serve(a[1], a[2:])
	} else if a[0] == "hang-up" {
		count, _ := strconv.Atoi(a[3])
		hangUp(a[1], a[2], count, len(a) > 4)
	} else if a[0] == "on-stack" {
		count, _ := strconv.Atoi(a[3])
		onStack(a[1], a[2], count)
	} else {
		request(a[1], a[2], a[3], a[4:])
	}
}
