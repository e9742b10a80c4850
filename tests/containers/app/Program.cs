// SPDX-License-Identifier: Apache-2.0
// The application under test: a small shop over HTTPS with HTTP/2, on MySQL. Each fault of it has a mended twin (?mended=true).
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using MySqlConnector;

string database = Environment.GetEnvironmentVariable("SHOP_DATABASE")!;
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.UseKestrelHttpsConfiguration();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    using RSA key = RSA.Create(2048);
    var request = new CertificateRequest("CN=shop", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    kestrel.Listen(IPAddress.Any, 8443, listen =>
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(certificate);
    });
});
builder.Logging.ClearProviders();
WebApplication app = builder.Build();

app.MapGet("/ready", () => "yes");

app.MapPost("/reconnect", MySqlConnection.ClearAllPoolsAsync);

app.MapPost("/setup", async () =>
{
    await using var connection = new MySqlConnection(database);
    await connection.OpenAsync();
    await Execute(connection, "CREATE TABLE IF NOT EXISTS orders (id INT PRIMARY KEY, customer INT NOT NULL, state VARCHAR(10) NOT NULL)");
    await Execute(connection, "CREATE TABLE IF NOT EXISTS order_lines (id INT PRIMARY KEY AUTO_INCREMENT, order_id INT NOT NULL, product VARCHAR(20) NOT NULL)");
    await Execute(connection, "DELETE FROM order_lines WHERE id > 0");
    await Execute(connection, "REPLACE INTO orders VALUES (1, 7, 'new'), (2, 7, 'new'), (3, 7, 'new'), (4, 7, 'new'), (5, 7, 'new'), (6, 8, 'new'), (7, 8, 'paid')");
    await Execute(connection, "INSERT INTO order_lines (order_id, product) VALUES (1, 'tea'), (1, 'cup'), (2, 'tea'), (3, 'pot'), (4, 'tea'), (5, 'tea'), (6, 'cup')");
});

// The lines of each order by a query of its own, or all by one.
app.MapGet("/customers/{customer:int}/orders", async (int customer, bool mended = false) =>
{
    await using var connection = new MySqlConnection(database);
    await connection.OpenAsync();
    if (mended)
    {
        return await Read(connection, "SELECT o.id, l.product FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.customer = @customer", ("@customer", customer));
    }

    var lines = new List<string>();
    foreach (string order in await Read(connection, "SELECT id FROM orders WHERE customer = @customer ORDER BY id", ("@customer", customer)))
    {
        lines.AddRange(await Read(connection, "SELECT product FROM order_lines WHERE order_id = @order", ("@order", int.Parse(order, System.Globalization.CultureInfo.InvariantCulture))));
    }

    return lines;
});

app.MapGet("/report", async (bool mended = false) =>
{
    await using var connection = new MySqlConnection(database);
    await connection.OpenAsync();
    return await Read(connection, mended ? "SELECT COUNT(*) FROM orders WHERE state = 'new'" : "SELECT COUNT(*), SLEEP(0.3) FROM (SELECT COUNT(*) FROM orders WHERE state = 'new') o");
});

app.MapPost("/orders/{order:int}/pay", async (int order, bool mended = false) =>
{
    await using var connection = new MySqlConnection(database);
    await connection.OpenAsync();
    await Execute(connection, mended ? "UPDATE orders SET state = 'paid' WHERE id = @order" : "UPDATE orders SET state = 'paid'", ("@order", order));
});

app.MapGet("/broken", async () =>
{
    await using var connection = new MySqlConnection(database);
    await connection.OpenAsync();
    return await Read(connection, "SELECT no_such_column FROM orders");
});

await app.RunAsync();

static MySqlCommand Command(MySqlConnection connection, string statement, (string Name, object Value)[] values)
{
    var command = new MySqlCommand(statement, connection);
    foreach ((string name, object value) in values)
    {
        command.Parameters.AddWithValue(name, value);
    }

    return command;
}

static async Task Execute(MySqlConnection connection, string statement, params (string Name, object Value)[] values)
{
    await using MySqlCommand command = Command(connection, statement, values);
    await command.ExecuteNonQueryAsync();
}

static async Task<List<string>> Read(MySqlConnection connection, string statement, params (string Name, object Value)[] values)
{
    await using MySqlCommand command = Command(connection, statement, values);
    await using MySqlDataReader reader = await command.ExecuteReaderAsync();
    var rows = new List<string>();
    while (await reader.ReadAsync())
    {
        rows.Add(string.Join(',', Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), System.Globalization.CultureInfo.InvariantCulture))));
    }

    return rows;
}
