// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

// tls_get URL COUNT CERTIFICATE: so many GETs over TLS with .NET's own client, half of them on connections of their own. The server's
// certificate must be this one.
using X509Certificate2 wanted = X509Certificate2.CreateFromPem(File.ReadAllText(args[2]));
int count = int.Parse(args[1], CultureInfo.InvariantCulture);
int[] sizes = [0, 1, 100, 4000, 20000];
for (int n = 0; n < count;)
{
    using var handler = new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 seen && seen.Equals(wanted),
        },
    };
    using var client = new HttpClient(handler);
    for (int i = 0; i <= n % 3 && n < count; i++, n++)
    {
        int size = sizes[n % sizes.Length];
        byte[] body = await client.GetByteArrayAsync(new Uri($"{args[0]}/{size}?dotnet={n}"));
        if (body.Length != size)
        {
            Console.Error.WriteLine($"{size} bytes wanted, {body.Length} received");
            return 1;
        }
    }
}

return 0;
