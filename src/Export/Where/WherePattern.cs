// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;

namespace L7Trace.Export.Where;

/// <summary>Regular expressions whose time is linear in the text: captured text is hostile, and is matched on the way out.</summary>
public static class WherePattern
{
    private const int MaxLength = 1000;

    // States of the automaton: (a{1000}){1000} must not be built.
    private const int MaxStates = 2000;

    static WherePattern() => AppContext.SetData("REGEX_NONBACKTRACKING_MAX_AUTOMATA_SIZE", MaxStates);

    /// <summary>Makes one; null with what is wrong with it.</summary>
    public static Regex? TryMake(string pattern, out string error)
    {
        error = "";
        if (pattern.Length > MaxLength)
        {
            error = $"a regular expression has at most {MaxLength} characters";
            return null;
        }

        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (RegexParseException exception)
        {
            error = $"the regular expression is wrong at its character {exception.Offset}: {exception.Error}";
        }
        catch (NotSupportedException)
        {
            error = "the regular expression is too large, or has what linear time rules out: look-around, back-references, atomic groups";
        }
        catch (ArgumentException)
        {
            error = "the regular expression is wrong";
        }

        return null;
    }
}
