// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Privileges;

/// <summary>An account of this system.</summary>
/// <param name="Name">Login name.</param>
/// <param name="UserId">User id.</param>
/// <param name="GroupId">Id of its own group; the others are found when it is used.</param>
public sealed record UserAccount(string Name, uint UserId, uint GroupId)
{
    /// <summary>The account of a name or of a number; null when there is none.</summary>
    public static UserAccount? Find(string text) =>
        Credentials.Find(text, 0)
        ?? (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Credentials.Find(null, id) : null);
}
