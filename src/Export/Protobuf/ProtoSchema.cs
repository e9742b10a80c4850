// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Export.Protobuf;

/// <summary>
/// Messages, enumerations and services of a FileDescriptorSet (descriptor.proto), as
/// <c>protoc --include_imports --descriptor_set_out</c> writes it. Read with our own reader: the few fields that are needed are
/// less than a library for all of them.
/// </summary>
public sealed class ProtoSchema
{
    private const int MaxDepth = 32;

    private readonly Dictionary<string, Dictionary<int, ProtoField>> _messages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<int, string>> _enums = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Input, string Output)> _methods = new(StringComparer.Ordinal);

    private ProtoSchema()
    {
    }

    /// <summary>Methods that it has.</summary>
    public int MethodCount => _methods.Count;

    /// <summary>Messages that it has.</summary>
    public int MessageCount => _messages.Count;

    /// <summary>Reads a FileDescriptorSet; null when the bytes are none, or one without any message.</summary>
    public static ProtoSchema? TryRead(ReadOnlySpan<byte> set)
    {
        var schema = new ProtoSchema();
        var reader = new ProtoReader(set);
        while (reader.TryRead())
        {
            if (reader is { Field: 1, Wire: ProtoWire.Bytes } && !schema.TryAddFile(reader.Bytes))
            {
                return null;
            }
        }

        return reader.Rest.IsEmpty && schema._messages.Count > 0 ? schema : null;
    }

    /// <summary>Full name of the message that a method ("package.Service/Method") takes or gives; null when it is not known.</summary>
    internal string? TypeOf(string? method, bool isRequest) =>
        method is not null && _methods.TryGetValue(method, out var types) ? Resolve("." + method[..method.IndexOf('/', StringComparison.Ordinal)], isRequest ? types.Input : types.Output) : null;

    /// <summary>A field of a message; null when it is not known.</summary>
    internal ProtoField? FieldOf(string? message, int number) =>
        message is not null && _messages.TryGetValue(message, out var fields) && fields.GetValueOrDefault(number) is { } field
            ? field with { TypeName = Resolve(message, field.TypeName) }
            : null;

    /// <summary>The name of an enumeration's value; null when it has none.</summary>
    internal string? NameOf(string enumeration, int value) =>
        _enums.TryGetValue(enumeration, out var names) ? names.GetValueOrDefault(value) : null;

    // protoc writes full names, with a dot in front; other programs also names that are looked for from the inside out.
    private string Resolve(string scope, string name)
    {
        if (name.Length == 0 || name[0] == '.')
        {
            return name;
        }

        for (var at = scope.Length; at >= 0; at = at == 0 ? -1 : scope.LastIndexOf('.', at - 1))
        {
            var full = $"{scope.AsSpan(0, at)}.{name}";
            if (_messages.ContainsKey(full) || _enums.ContainsKey(full))
            {
                return full;
            }
        }

        return "." + name;
    }

    private bool TryAddFile(ReadOnlySpan<byte> file)
    {
        var package = Text(file, 2);
        var scope = package.Length == 0 ? "" : "." + package;
        var reader = new ProtoReader(file);
        while (reader.TryRead())
        {
            switch (reader)
            {
                case { Field: 4, Wire: ProtoWire.Bytes }:
                    AddMessage(scope, reader.Bytes, 0);
                    break;
                case { Field: 5, Wire: ProtoWire.Bytes }:
                    AddEnum(scope, reader.Bytes);
                    break;
                case { Field: 6, Wire: ProtoWire.Bytes }:
                    AddService(package, reader.Bytes);
                    break;
                case { Field: 7, Wire: ProtoWire.Bytes }:
                    AddField(Text(reader.Bytes, 2), reader.Bytes); // an extension
                    break;
            }
        }

        return reader.Rest.IsEmpty;
    }

    private void AddMessage(string scope, ReadOnlySpan<byte> message, int depth)
    {
        var name = $"{scope}.{Text(message, 1)}";
        _messages.TryAdd(name, []);
        var reader = new ProtoReader(message);
        while (depth < MaxDepth && reader.TryRead())
        {
            switch (reader)
            {
                case { Field: 2, Wire: ProtoWire.Bytes }:
                    AddField(name, reader.Bytes);
                    break;
                case { Field: 3, Wire: ProtoWire.Bytes }:
                    AddMessage(name, reader.Bytes, depth + 1);
                    break;
                case { Field: 4, Wire: ProtoWire.Bytes }:
                    AddEnum(name, reader.Bytes);
                    break;
                case { Field: 6, Wire: ProtoWire.Bytes }:
                    AddField(Text(reader.Bytes, 2), reader.Bytes);
                    break;
            }
        }
    }

    private void AddField(string message, ReadOnlySpan<byte> field)
    {
        if (!_messages.TryGetValue(message, out var fields))
        {
            _messages.Add(message, fields = []); // the extended message may stand in a file that follows
        }

        fields[(int)Number(field, 3)] = new ProtoField(Text(field, 1), (ProtoType)Number(field, 5), Text(field, 6));
    }

    private void AddEnum(string scope, ReadOnlySpan<byte> enumeration)
    {
        var names = new Dictionary<int, string>();
        _enums[$"{scope}.{Text(enumeration, 1)}"] = names;
        var reader = new ProtoReader(enumeration);
        while (reader.TryRead())
        {
            if (reader is { Field: 2, Wire: ProtoWire.Bytes })
            {
                names.TryAdd((int)Number(reader.Bytes, 2), Text(reader.Bytes, 1)); // of aliases the first one
            }
        }
    }

    private void AddService(string package, ReadOnlySpan<byte> service)
    {
        var name = package.Length == 0 ? Text(service, 1) : $"{package}.{Text(service, 1)}";
        var reader = new ProtoReader(service);
        while (reader.TryRead())
        {
            if (reader is { Field: 2, Wire: ProtoWire.Bytes })
            {
                _methods[$"{name}/{Text(reader.Bytes, 1)}"] = (Text(reader.Bytes, 2), Text(reader.Bytes, 3));
            }
        }
    }

    private static string Text(ReadOnlySpan<byte> message, int field)
    {
        var text = "";
        var reader = new ProtoReader(message);
        while (reader.TryRead())
        {
            text = reader.Field == field && reader.Wire == ProtoWire.Bytes ? Encoding.UTF8.GetString(reader.Bytes) : text;
        }

        return text;
    }

    private static ulong Number(ReadOnlySpan<byte> message, int field)
    {
        var number = 0UL;
        var reader = new ProtoReader(message);
        while (reader.TryRead())
        {
            number = reader.Field == field && reader.Wire == ProtoWire.Varint ? reader.Number : number;
        }

        return number;
    }
}
