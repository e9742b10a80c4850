// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.ContainerTests;

/// <summary>Images, by the variables that scripts/containers sets.</summary>
internal static class Images
{
    public static string MySql => Named("L7TRACE_MYSQL_IMAGE", "mysql:9");

    public static string MariaDb => Named("L7TRACE_MARIADB_IMAGE", "mariadb:10.11");

    public static string AspNet => Named("L7TRACE_DOTNET_IMAGE", "mcr.microsoft.com/dotnet/aspnet:10.0");

    /// <summary>The image that the Dockerfile of this repository made; null when none was.</summary>
    public static string? L7Trace => Environment.GetEnvironmentVariable("L7TRACE_IMAGE");

    private static string Named(string variable, string otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } name ? name : otherwise;
}
