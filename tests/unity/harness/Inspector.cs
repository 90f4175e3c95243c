using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using AvatarBridge.Editing;
using AvatarBridge.Tests;
using UnityEditor;
using UnityEngine;

namespace AvatarBridge.Harness
{
    /// <summary>Prints the inspectors and windows as they would be drawn: waiting, live, port in use.</summary>
    internal static class Inspector
    {
        const int Frames = 60;
        const double PatienceSeconds = 10;

        public static void Run()
        {
            int port;
            using (var probe = Endpoint.OpenUdp(AddressFamily.InterNetwork))
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                port = ((IPEndPoint)probe.LocalEndPoint).Port;
            }
            using (var avatar = new TestAvatar(1))
            using (var sender = Endpoint.OpenUdp(AddressFamily.InterNetwork))
            {
                var loop = new PlayerLoop();
                var receiver = new GameObject("Receiver").AddComponent<AvatarBridgeReceiver>();
                receiver.Port = port;
                receiver.Avatar = avatar.Root;
                loop.Add(receiver);
                loop.Add(avatar.Root.GetComponent<HumanoidDriver>());
                Until(loop, () => receiver.Status.Link == LinkState.Waiting);
                Show("waiting", new ReceiverEditor { target = receiver });

                var sent = 0;
                for (var i = 0; i < Frames; i++)
                {
                    foreach (var datagram in VmcFrames.SplitBundles(i / 60f))
                    {
                        sender.SendTo(datagram, new IPEndPoint(IPAddress.Loopback, port));
                        sent++;
                    }
                    Thread.Sleep(16);
                    loop.Frame();
                }
                Until(loop, () => receiver.Status.Datagrams == sent);
                Show("live", new ReceiverEditor { target = receiver });
                Show("humanoid", new HumanoidDriverEditor { target = avatar.Root.GetComponent<HumanoidDriver>() });
                ValidationWindow.Open();
                ShowWindow("check");
                LiveViewWindow.Open();
                ShowWindow("live view");

                var second = new GameObject("Second").AddComponent<AvatarBridgeReceiver>();
                second.Port = port;
                loop.Add(second);
                Until(loop, () => second.Fault != "");
                Show("port in use", new ReceiverEditor { target = second });
                loop.Stop();
            }
        }

        static void Until(PlayerLoop loop, Func<bool> condition)
        {
            var end = MonotonicClock.Now + PatienceSeconds;
            do
            {
                Thread.Sleep(1);
                loop.Frame();
            }
            while (!condition() && MonotonicClock.Now < end);
        }

        static void Show(string title, UnityEditor.Editor editor)
        {
            Drawn.Lines.Clear();
            editor.OnInspectorGUI();
            Print(title);
        }

        static void ShowWindow(string title)
        {
            Drawn.Lines.Clear();
            var window = EditorWindow.Opened[EditorWindow.Opened.Count - 1];
            PlayerLoop.Send(window, "OnEnable");
            PlayerLoop.Send(window, "OnGUI");
            Print(title);
        }

        static void Print(string title)
        {
            Console.WriteLine($"== {title}");
            foreach (var line in Drawn.Lines) Console.WriteLine(line);
        }
    }
}
