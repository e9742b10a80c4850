// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Containers;

namespace L7Trace.Probe.Doctor;

/// <summary>Whether a container engine tells the names of containers.</summary>
internal static class EngineCheck
{
    internal static DoctorCheck Run()
    {
        // Named only if it is one of the usual: another may be in anyone's folder.
        var sockets = ContainerEngine.Sockets(Environment.GetEnvironmentVariable("DOCKER_HOST")).Where(File.Exists).ToList();
        var running = sockets.Count == 0 ? 0 : ContainerEngine.List().Count;
        return Of(sockets.Count, running, ContainerEngine.Refused is not null);
    }

    /// <summary>The check for what was found.</summary>
    internal static DoctorCheck Of(int sockets, int running, bool isRefused)
    {
        const string Id = "container-engine";
        const string Title = "names of containers";
        return (sockets, running, isRefused) switch
        {
            (0, _, _) => new(Id, Title, DoctorSeverity.Information, DoctorResult.Pass, "no engine's socket is here: containers are named by their ids"),
            (_, > 0, _) => new(Id, Title, DoctorSeverity.Information, DoctorResult.Pass, "an engine answers"),
            (_, _, true) => new(Id, Title, DoctorSeverity.Information, DoctorResult.Pass,
                "the engine's socket may not be opened by this user: containers are named by their ids"),
            _ => new(Id, Title, DoctorSeverity.Information, DoctorResult.Pass, "no engine answers with a running container"),
        };
    }
}
