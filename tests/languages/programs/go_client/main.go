// SPDX-License-Identifier: Apache-2.0

// The client in Go, go-sql-driver/mysql: go_client HOST PORT USER PASSWORD DATABASE CONVERSATION (see ../README.md).
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

var unescape = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\0`, "\x00")

func value(text string) any {
	rest := text[2:]
	switch text[0] {
	case 'n':
		return nil
	case 'i':
		number, _ := strconv.ParseInt(rest, 10, 64)
		return number
	case 'u':
		number, _ := strconv.ParseUint(rest, 10, 64)
		return number
	case 'f', 'd':
		number, _ := strconv.ParseFloat(rest, 64)
		return number
	case 'b':
		bytes, _ := hex.DecodeString(rest)
		return bytes
	case 't':
		moment, _ := time.Parse("2006-01-02 15:04:05.999999", rest)
		return moment
	}
	return rest
}

// returnsRows says which of the driver's two calls fits: it has no call for both.
func returnsRows(text string) bool {
	first := strings.ToUpper(strings.Fields(text)[0])
	return first == "SELECT" || first == "CALL" || first == "SHOW" || first == "WITH"
}

func count(rows *sql.Rows, failure error) (int, error) {
	if failure != nil {
		return 0, failure
	}
	defer rows.Close()
	total := 0
	for {
		for rows.Next() {
			total++
		}
		if !rows.NextResultSet() {
			return total, rows.Err()
		}
	}
}

func main() {
	// Its own TLS is probed when it is traced: so it waits until it is, before its first call.
	bufio.NewReader(os.Stdin).ReadString('\n')
	a := os.Args[1:]
	secured := ""
	if path := os.Getenv("TLS_CA"); path != "" {
		pem, failure := os.ReadFile(path)
		if failure != nil {
			log.Fatal(failure)
		}
		config := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: a[0]}
		config.RootCAs.AppendCertsFromPEM(pem)
		if failure = mysql.RegisterTLSConfig("own", config); failure != nil {
			log.Fatal(failure)
		}
		secured = "&tls=own"
	}
	db, failure := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(%s:%s)/%s?multiStatements=true&charset=utf8mb4%s", a[2], a[3], a[0], a[1], a[4], secured))
	if failure != nil {
		log.Fatal(failure)
	}
	background := context.Background()
	connection, failure := db.Conn(background)
	if failure != nil {
		log.Fatal(failure)
	}
	file, failure := os.Open(a[5])
	if failure != nil {
		log.Fatal(failure)
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<26)
	prepared := map[string]*sql.Stmt{}
	for number := 0; lines.Scan(); number++ {
		fields := strings.Split(lines.Text(), "\t")
		text := unescape.Replace(fields[1])
		var values []any
		for _, field := range fields[2:] {
			values = append(values, value(unescape.Replace(field)))
		}
		rows, affected := 0, "-"
		var result sql.Result
		var failure error
		statement := prepared[text]
		if fields[0] != "text" && statement == nil {
			if statement, failure = connection.PrepareContext(background, text); failure == nil {
				prepared[text] = statement
			}
		}
		switch {
		case failure != nil:
		case fields[0] == "text" && returnsRows(text):
			rows, failure = count(connection.QueryContext(background, text))
		case fields[0] == "text":
			result, failure = connection.ExecContext(background, text)
		case returnsRows(text):
			rows, failure = count(statement.QueryContext(background, values...))
		default:
			result, failure = statement.ExecContext(background, values...)
		}
		code := 0
		var answer *mysql.MySQLError
		if errors.As(failure, &answer) {
			code = int(answer.Number)
		} else if failure != nil {
			log.Fatal(failure)
		} else if result != nil {
			changed, _ := result.RowsAffected()
			affected = strconv.FormatInt(changed, 10)
		}
		fmt.Printf("%d\t%d\t%s\t%d\t-\n", number, rows, affected, code) // this driver does not tell the SQLSTATE
	}
	for _, statement := range prepared {
		statement.Close()
	}
	connection.Close()
	db.Close()
}
