// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.LanguageTests.Support;

/// <summary>Compares a value of the trace with the same one as the server wrote it into its log.</summary>
internal static class LoggedValue
{
    /// <param name="logged">See <see cref="LoggedLiterals.ValueOf"/>.</param>
    /// <param name="shown">The trace's; null for NULL.</param>
    /// <param name="isBeginning">The trace has the beginning alone.</param>
    public static bool Same(string? logged, string? shown, bool isBeginning)
    {
        if (logged is null || shown is null)
        {
            return logged == shown;
        }

        if (isBeginning)
        {
            return shown.Length > 2 && logged.StartsWith(shown, StringComparison.Ordinal);
        }

        return LoggedLiterals.Same(logged, shown) || SameReal(logged, shown) || shown == logged + " 00:00:00";
    }

    // The servers write 15 digits.
    private static bool SameReal(string logged, string shown) =>
        double.TryParse(logged, NumberStyles.Float, CultureInfo.InvariantCulture, out double a)
        && double.TryParse(shown, NumberStyles.Float, CultureInfo.InvariantCulture, out double b)
        && (Math.Abs(a - b) <= 1e-14 * Math.Abs(b) || (float)a == (float)b);
}
