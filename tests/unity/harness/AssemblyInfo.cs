// The harness is named AvatarBridge.Harness, a friend of the package's assemblies.
[assembly: System.Reflection.AssemblyTitle("AvatarBridge.Harness")]
