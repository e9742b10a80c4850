// SPDX-License-Identifier: Apache-2.0
global using Xunit;
using L7Trace.ContainerTests;
using Xunit.Sdk;
using Xunit.v3;

// One trace of a container at a time: each test wants it for itself.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Shop))]
