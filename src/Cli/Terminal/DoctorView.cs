// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text;
using System.Text.Json;
using L7Trace.Export;
using L7Trace.Probe.Doctor;

namespace L7Trace.Cli.Terminal;

/// <summary>The findings of <c>doctor</c>, for people and for programs.</summary>
internal static class DoctorView
{
    /// <summary>One check per line with its evidence, the fix below it, and the verdict.</summary>
    public static string ToText(IReadOnlyList<DoctorCheck> checks, bool canRun, bool color)
    {
        var text = new StringBuilder();
        var width = checks.Count == 0 ? 0 : checks.Max(static check => TerminalText.WidthOf(check.Title));
        foreach (var check in checks)
        {
            Colored(text, check.Result.ToString().ToUpperInvariant(), ColorOf(check.Result), color);
            text.Append("  ").Append(TerminalText.Sanitize(check.Title))
                .Append(' ', Math.Max(0, width - TerminalText.WidthOf(check.Title)) + 2)
                .Append(TerminalText.Sanitize(check.Evidence)).Append('\n');
            if (check.Fix.Length > 0 && check.Result is DoctorResult.Fail or DoctorResult.Warn)
            {
                foreach (var line in check.Fix.Split('\n'))
                {
                    text.Append("      fix: ").Append(TerminalText.Sanitize(line)).Append('\n');
                }
            }
        }

        text.Append('\n');
        Colored(text, canRun ? "l7trace can run here."
                : checks.Any(static check => check.Result == DoctorResult.Fail) ? "l7trace can't run here: see FAIL above."
                : "l7trace can run here, with less than it could (--strict): see WARN above.",
            canRun ? Ansi.Green : Ansi.Red, color);
        return text.Append('\n').ToString();
    }

    /// <summary>One JSON object per check and a last one with the verdict.</summary>
    public static byte[] ToJsonLines(IReadOnlyList<DoctorCheck> checks, bool canRun)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var check in checks)
        {
            Line(bytes, json => WriteCheck(json, check, isRecord: true));
        }

        Line(bytes, json => WriteVerdict(json, canRun, null));
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>One JSON object with everything.</summary>
    public static byte[] ToJson(IReadOnlyList<DoctorCheck> checks, bool canRun)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Line(bytes, json => WriteVerdict(json, canRun, checks));
        return bytes.WrittenSpan.ToArray();
    }

    private static void Line(ArrayBufferWriter<byte> bytes, Action<Utf8JsonWriter> write)
    {
        using (var json = new Utf8JsonWriter(bytes))
        {
            write(json);
        }

        bytes.Write("\n"u8);
    }

    private static void WriteVerdict(Utf8JsonWriter json, bool canRun, IReadOnlyList<DoctorCheck>? checks)
    {
        json.WriteStartObject();
        json.WriteNumber("v"u8, 1);
        json.WriteString("type"u8, "doctor"u8);
        json.WriteBoolean("can_run"u8, canRun);
        if (checks is not null)
        {
            json.WriteStartArray("checks"u8);
            foreach (var check in checks)
            {
                WriteCheck(json, check, isRecord: false);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteCheck(Utf8JsonWriter json, DoctorCheck check, bool isRecord)
    {
        json.WriteStartObject();
        if (isRecord)
        {
            json.WriteNumber("v"u8, 1);
            json.WriteString("type"u8, "check"u8);
        }

        json.WriteString("id"u8, check.Id);
        json.WriteString("title"u8, check.Title);
        json.WriteString("severity"u8, check.Severity switch
        {
            DoctorSeverity.Required => "required",
            DoctorSeverity.Optional => "optional",
            _ => "information",
        });
        json.WriteString("result"u8, check.Result switch
        {
            DoctorResult.Pass => "pass",
            DoctorResult.Warn => "warn",
            DoctorResult.Fail => "fail",
            _ => "skip",
        });
        json.WriteString("evidence"u8, check.Evidence);
        if (check.Fix.Length > 0)
        {
            json.WriteString("fix"u8, check.Fix);
        }

        json.WriteEndObject();
    }

    private static void Colored(StringBuilder text, string what, string color, bool use)
    {
        if (use)
        {
            text.Append(color).Append(what).Append(Ansi.Reset);
        }
        else
        {
            text.Append(what);
        }
    }

    private static string ColorOf(DoctorResult result) => result switch
    {
        DoctorResult.Pass => Ansi.Green,
        DoctorResult.Warn => Ansi.Yellow,
        DoctorResult.Fail => Ansi.Red,
        _ => Ansi.Dim,
    };
}
