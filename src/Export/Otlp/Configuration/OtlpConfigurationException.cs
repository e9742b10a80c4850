// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Otlp.Configuration;

/// <summary>An option or an OTEL_* variable has a value that can't be meant; the message says which, and what would do.</summary>
public sealed class OtlpConfigurationException : Exception
{
    /// <summary>Makes one without words.</summary>
    public OtlpConfigurationException()
    {
    }

    /// <summary>Makes one.</summary>
    public OtlpConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with what caused it.</summary>
    public OtlpConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
