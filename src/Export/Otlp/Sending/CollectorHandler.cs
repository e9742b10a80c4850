// SPDX-License-Identifier: Apache-2.0
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using L7Trace.Export.Otlp.Configuration;

namespace L7Trace.Export.Otlp.Sending;

/// <summary>The connections to a collector, for both protocols.</summary>
internal static class CollectorHandler
{
    /// <summary>Makes the handler; throws <see cref="OtlpConfigurationException"/> for files that hold no certificate.</summary>
    public static SocketsHttpHandler Create(OtlpSettings settings)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // credentials in headers are for the address that was given
            ConnectTimeout = settings.Timeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // a name may come to mean another address
            ActivityHeadersPropagator = null,
            UseCookies = false,
        };
        try
        {
            if (settings.CertificateFile is { } roots)
            {
                var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                policy.CustomTrustStore.ImportFromPemFile(roots);
                if (policy.CustomTrustStore.Count == 0)
                {
                    throw new OtlpConfigurationException($"'{roots}' holds no certificate in PEM");
                }

                handler.SslOptions.CertificateChainPolicy = policy;
            }

            if (settings.ClientCertificateFile is { } certificate)
            {
                var own = X509Certificate2.CreateFromPemFile(certificate, settings.ClientKeyFile ?? certificate);
                handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(own, additionalCertificates: null, offline: true);
            }
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            handler.Dispose();
            throw new OtlpConfigurationException($"the certificates for the collector can't be used: {exception.Message}", exception);
        }

        return handler;
    }

    /// <summary>The reason in a few words: the innermost says it, the outer ones that there is one.</summary>
    public static string Explain(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception.Message.TrimEnd('.');
    }
}
