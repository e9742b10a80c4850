// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Xml;
using L7Trace.Analysis.Checks;

namespace L7Trace.Export.Checks;

/// <summary>
/// Writes results of rules as JUnit XML, the form that CI servers read: a suite with one test for each rule. There is no standard
/// of it; this is what the schemas of Jenkins and GitLab have in common. What is inconclusive is an error, as neither a pass nor a
/// failure.
/// </summary>
public static class JUnitXml
{
    /// <summary>Writes a whole document.</summary>
    /// <param name="stream">Where it goes; stays open.</param>
    /// <param name="results">The rules.</param>
    /// <param name="command">The program that was run, for the suite's name.</param>
    /// <param name="start">When, nanoseconds since the Unix epoch.</param>
    /// <param name="duration">How long, nanoseconds.</param>
    public static void Write(Stream stream, IReadOnlyList<CheckResult> results, string command, long start, long duration)
    {
        ArgumentNullException.ThrowIfNull(results);
        var seconds = (duration / 1e9).ToString("0.000", CultureInfo.InvariantCulture);
        var failed = results.Count(static x => x.Outcome == CheckOutcome.Failed);
        var doubtful = results.Count(static x => x.Outcome == CheckOutcome.Inconclusive);
        using var xml = XmlWriter.Create(stream, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false), CloseOutput = false });
        xml.WriteStartElement("testsuites");
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", Safe("l7trace check -- " + command));
        xml.WriteAttributeString("tests", Number(results.Count));
        xml.WriteAttributeString("failures", Number(failed));
        xml.WriteAttributeString("errors", Number(doubtful));
        xml.WriteAttributeString("skipped", "0");
        xml.WriteAttributeString("time", seconds);
        xml.WriteAttributeString("timestamp", DateTime.UnixEpoch.AddTicks(start / 100).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
        foreach (var result in results)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", "l7trace");
            xml.WriteAttributeString("name", Safe(result.Rule));
            xml.WriteAttributeString("time", seconds);
            if (result.Outcome != CheckOutcome.Passed)
            {
                xml.WriteStartElement(result.Outcome == CheckOutcome.Failed ? "failure" : "error");
                xml.WriteAttributeString("type", result.Outcome == CheckOutcome.Failed ? "rule" : "inconclusive");
                xml.WriteAttributeString("message", Safe(result.Found.Count == 1 ? result.Found[0] : $"{result.Found[0]} (and {Number(result.Found.Count - 1)} more)"));
                xml.WriteString(Safe(string.Join('\n', result.Found)));
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    // XML 1.0 has no way to write most control characters; a page that shows the rest must not act on them.
    private static string Safe(string text) => string.Join('\n', text.Split('\n').Select(static line => TerminalText.Sanitize(line)));
}
