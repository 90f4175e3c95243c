using System;

namespace AvatarBridge.Harness
{
    internal static class Program
    {
        static int Main(string[] arguments)
        {
            switch (arguments.Length > 0 ? arguments[0] : "")
            {
                case "vrm":
                    VrmTests.Run();
                    return 0;
                case "inspector":
                    Inspector.Run();
                    return 0;
                case "receive":
                    return Receive.Run(arguments);
                case "simulate":
                    return Simulate.Run(arguments);
                default:
                    Console.Error.WriteLine("vrm, inspector, simulate FILE, or receive PORT off|adaptive");
                    return 2;
            }
        }
    }
}
