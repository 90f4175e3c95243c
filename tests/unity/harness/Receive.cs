using System;
using System.Globalization;
using System.Text;
using System.Threading;
using AvatarBridge.Tests;
using UnityEngine;

namespace AvatarBridge.Harness
{
    /// <summary>
    /// The whole receiver as in a scene: component, thread, socket, drivers, and a rig with random
    /// bone axes. Prints a line for every frame shown, with the bones as normalised rotations again.
    /// </summary>
    internal static class Receive
    {
        const int Seed = 11;

        public static int Run(string[] arguments)
        {
            var port = int.Parse(arguments[1], CultureInfo.InvariantCulture);
            var frames = int.Parse(arguments[2], CultureInfo.InvariantCulture);
            var seconds = double.Parse(arguments[3], CultureInfo.InvariantCulture);

            using (var avatar = new TestAvatar(Seed))
            {
                var rest = new Quaternion[BoneTable.Count];
                for (var i = 0; i < rest.Length; i++) rest[i] = avatar.Bones[i].rotation;
                var hips = avatar.Bones[0].position;

                var loop = new PlayerLoop();
                var receiver = new GameObject("Receiver").AddComponent<AvatarBridgeReceiver>();
                receiver.Port = port;
                receiver.Buffer = BufferMode.Off;
                receiver.Connected.AddListener(() => Console.WriteLine("event connected"));
                receiver.Calibrated.AddListener(() => Console.WriteLine("event calibrated"));
                receiver.Lost.AddListener(() => Console.WriteLine("event lost"));
                loop.Add(receiver);
                var driver = avatar.Root.AddComponent<HumanoidDriver>();
                driver.Receiver = receiver;
                driver.SenderHipsHeight = hips.y; // so that metres stay metres
                loop.Add(driver);

                Console.WriteLine("ready");
                var shown = double.NaN;
                var count = 0;
                var end = MonotonicClock.Now + seconds;
                while (MonotonicClock.Now < end && count < frames)
                {
                    loop.Frame();
                    if (receiver.Pose.HasAnyBone && receiver.Stream.ShownTime != shown)
                    {
                        shown = receiver.Stream.ShownTime;
                        count++;
                        Print(shown, avatar, rest, receiver);
                    }
                    Thread.Sleep(1);
                }
                PrintStatus(receiver);
                loop.Stop();
                return count >= frames ? 0 : 1;
            }
        }

        static void Print(double time, TestAvatar avatar, Quaternion[] rest, AvatarBridgeReceiver receiver)
        {
            var line = new StringBuilder("frame ");
            Add(line, time);
            var position = avatar.Bones[0].position;
            Add(line, position.x);
            Add(line, position.y);
            Add(line, position.z);
            for (var i = 0; i < BoneTable.Count; i++)
            {
                // Back from this rig's axes to the rotation relative to the parent in the T-pose.
                var world = avatar.Bones[i].rotation * Quaternion.Inverse(rest[i]);
                var parent = BoneTable.Parents[i];
                var above = parent == BodyBone.None
                    ? Quaternion.identity
                    : avatar.Bones[(int)parent].rotation * Quaternion.Inverse(rest[(int)parent]);
                var local = Quaternion.Inverse(above) * world;
                Add(line, local.x);
                Add(line, local.y);
                Add(line, local.z);
                Add(line, local.w);
            }
            for (var i = 0; i < receiver.ExpressionCount; i++)
            {
                line.Append(receiver.ExpressionName(i)).Append('=');
                Add(line, receiver.ExpressionWeight(i));
            }
            Console.WriteLine(line.ToString().TrimEnd());
        }

        static void Add(StringBuilder line, double value) =>
            line.Append(value.ToString("R", CultureInfo.InvariantCulture)).Append(' ');

        static void PrintStatus(AvatarBridgeReceiver receiver)
        {
            var status = receiver.Status;
            Console.WriteLine(string.Format(CultureInfo.InvariantCulture,
                "status link={0} fps={1:0.0} datagrams={2} malformed={3} rejected={4} lost={5} partial={6} late={7} " +
                "restarts={8} sender={9} latency_ms={10:0.0} fault={11}",
                status.Link, status.FramesPerSecond, status.Datagrams, status.Malformed, status.Rejected,
                status.LostFrames, status.PartialFrames, status.LateFrames, status.Restarts, receiver.Sender,
                status.SenderLatency * 1000, receiver.Fault));
        }
    }
}
