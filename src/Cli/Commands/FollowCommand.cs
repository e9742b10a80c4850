// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Export.Protobuf;
using L7Trace.Export.Text;
using L7Trace.Export.Where;

namespace L7Trace.Cli.Commands;

/// <summary>
/// <c>l7trace follow</c>: whole conversations, with headers and bodies: of one exchange, of one connection, or of all that the
/// options choose.
/// </summary>
internal static class FollowCommand
{
    /// <summary>The verb's name.</summary>
    public const string Name = "follow";

    private const int DefaultBody = 64 * 1024;
    private const int SmallestBody = 256;
    private const int LargestBody = 1024 * 1024;
    private const long LargestSchema = 64 * 1024 * 1024;

    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment, Notes notes)
    {
        var id = new Argument<string?>("ID")
        {
            Description = "the id of an exchange or of a connection, as -o jsonl has them (id, connection.id); all without one",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var body = new Option<long?>("--body-limit")
        {
            Description = "bytes kept of each body as it was sent, 256 to 1MiB; default 64KiB",
            HelpName = "SIZE",
            CustomParser = static result => OptionParsers.Size(result, SmallestBody, LargestBody),
        };
        var proto = new Option<string?>("--proto")
        {
            Description = "names and types of gRPC's messages: what protoc --include_imports --descriptor_set_out=FILE wrote",
            HelpName = "FILE",
        };
        var scope = new ScopeOptions();
        var user = new UserOption();
        var trace = new TraceOptions();
        var read = new ReadOption();
        var command = new Command(Name, "Print whole conversations: requests and responses with headers and decoded bodies.");
        command.Add(id);
        command.Add(body);
        command.Add(proto);
        scope.AddTo(command);
        user.AddTo(command);
        trace.AddWithoutFormatTo(command);
        read.AddTo(command);
        command.SetAction(parsed =>
        {
            var files = read.Read(parsed);
            var settings = user.Read(parsed, trace.Read(parsed), isLive: files.Count == 0) with
            {
                Output = OutputFormat.Plain,
                Scope = scope.Read(parsed, mayBeEmpty: files.Count > 0),
                BodyLimit = (int)(parsed.GetValue(body) ?? DefaultBody),
                WebSocketMessages = true,
                Schema = parsed.GetValue(proto) is { } schema ? ReadSchema(schema) : null,
            };
            var wanted = parsed.GetValue(id);
            return Run(environment, notes, wanted is null ? settings : Narrow(settings, wanted), files, wanted);
        });
        return command;
    }

    private static int Run(
        CliEnvironment environment, Notes notes, TraceSettings settings, IReadOnlyList<string> files, string? wanted)
    {
        FollowSink? sink = null;
        var code = files.Count > 0
            ? FileVerb.Run(environment, notes, settings, new HostOptions(), files, Sink)
            : TraceVerb.Run(environment, notes, settings, new HostOptions(), Sink);
        if (code == ExitCode.Done && wanted is not null && sink is { Count: 0 })
        {
            notes.Error($"nothing with the id {wanted} was seen", "watch -o jsonl shows the ids of exchanges and connections");
            return ExitCode.TargetNotFound;
        }

        return code;

        ITraceSink Sink(OutputTarget output, TraceSettings chosen) => sink = new FollowSink(output, chosen);
    }

    private static ProtoSchema ReadSchema(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            if (file.Length > LargestSchema)
            {
                throw new CliException(ExitCode.Usage, $"--proto: '{path}' is larger than {ByteSizes.Format(LargestSchema)}");
            }

            var bytes = new byte[(int)file.Length];
            file.ReadExactly(bytes);
            return ProtoSchema.TryRead(bytes) ?? throw new CliException(
                ExitCode.Usage,
                $"--proto: '{path}' is no descriptor set",
                "make one: protoc --include_imports --descriptor_set_out=FILE service.proto");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CliException(ExitCode.Failure, $"can't read '{path}': {exception.Message}");
        }
    }

    // The id becomes a condition, so that counts and limits are about what is shown.
    private static TraceSettings Narrow(TraceSettings settings, string id)
    {
        var cut = id.AsSpan().IndexOfAny('-', 't');
        var connection = cut < 0 ? id : id[..cut];
        var offset = cut < 0 ? "0" : id[(cut + 1)..].TrimStart('r');
        if (!IsNumber(connection) || !IsNumber(offset))
        {
            throw new CliException(ExitCode.Usage, $"'{id}' is no id", "ids look like 2a-3e8 (an exchange) and 2a (a connection)");
        }

        var condition = WhereExpression.TryParse($"{(cut < 0 ? "connection.id" : "id")} == \"{id}\"", out _)!;
        return settings with { Where = settings.Where?.And(condition) ?? condition };
    }

    private static bool IsNumber(string text) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);
}
