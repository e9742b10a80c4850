// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Export.Fields;
using L7Trace.Export.Where;

namespace L7Trace.Cli.Commands;

/// <summary><c>l7trace fields</c>: what the JSON lines say of an exchange and <c>--where</c> can ask for.</summary>
internal static class FieldsCommand
{
    private const int TypeWidth = 10;

    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment)
    {
        var command = new Command("fields", "List the fields of an exchange, for --where and of -o jsonl.");
        command.SetAction(_ =>
        {
            Write(environment.Out);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Writes the list, and how an expression is written.</summary>
    public static void Write(TextWriter output)
    {
        var nameWidth = 1 + ExchangeFields.All.Max(static field => (field.ShortName ?? field.Name).Length);
        output.WriteLine($"{"FIELD".PadRight(nameWidth)}{"TYPE".PadRight(TypeWidth)}WHAT, AND WHEN IT IS KNOWN");
        foreach (var field in ExchangeFields.All)
        {
            var words = field.Words.Count > 1 ? string.Join(", ", field.Words) + "; " : "";
            var unit = field.Unit is "" or "bytes" or "nanoseconds" || field.Kind == FieldKind.Time ? "" : field.Unit + "; ";
            output.WriteLine($"{(field.ShortName ?? field.Name).PadRight(nameWidth)}{TypeOf(field).PadRight(TypeWidth)}{words}{unit}{field.Present.Replace("`", "", StringComparison.Ordinal)}");
        }

        output.WriteLine();
        output.WriteLine(WhereHelp.Text);
    }

    private static string TypeOf(ExchangeField field) => field.Kind switch
    {
        FieldKind.Text => "text",
        FieldKind.Word => "word",
        FieldKind.List => "words",
        FieldKind.Code or FieldKind.Integer => "number",
        FieldKind.Bytes => "size",
        FieldKind.Duration => "duration",
        FieldKind.Time => "time",
        _ => "boolean",
    };
}
