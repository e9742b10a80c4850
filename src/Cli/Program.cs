// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli;
using L7Trace.Probe.Privileges;

ProcessPrivileges.KeepFromCommands();
return new Application(CliEnvironment.Real()).Run(args);
