// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>
/// Side of the traced process. Values equal <c>enum l7_role</c>. Which direction carries requests follows from the
/// role and is stored nowhere.
/// </summary>
public enum EndpointRole : byte
{
    /// <summary>No evidence yet.</summary>
    Unknown = 0,

    /// <summary>The traced process sends requests.</summary>
    Client = 1,

    /// <summary>The traced process answers requests.</summary>
    Server = 2,
}

/// <summary>Helpers on <see cref="EndpointRole"/>.</summary>
public static class EndpointRoleExtensions
{
    /// <summary>The direction in which requests travel; only for a known role.</summary>
    public static Direction RequestDirection(this EndpointRole role) =>
        role == EndpointRole.Server ? Direction.Ingress : Direction.Egress;
}
