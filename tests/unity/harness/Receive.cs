using System;
using System.Globalization;
using System.Text;
using System.Threading;
using AvatarBridge.Samples;
using AvatarBridge.Tests;
using UnityEngine;

namespace AvatarBridge.Harness
{
    /// <summary>
    /// The whole receiver as in a scene: component, thread, socket, drivers, and two rigs, one with
    /// random bone axes and one of boxes. Prints a line for every frame shown, with the bones of the
    /// first as normalised rotations again and the joints of the second in the world.
    /// </summary>
    internal static class Receive
    {
        const int Seed = 11;
        const float MaxDelaySeconds = 0.25f;

        /// <summary>PORT off|adaptive: prints whenever something new is shown, until standard input ends.</summary>
        public static int Run(string[] arguments)
        {
            var port = int.Parse(arguments[1], CultureInfo.InvariantCulture);
            var adaptive = arguments[2] == "adaptive";
            var input = new Thread(() => Console.In.ReadToEnd()) { IsBackground = true };
            input.Start();

            using (var avatar = new TestAvatar(Seed))
            {
                var rest = new Quaternion[BoneTable.Count];
                for (var i = 0; i < rest.Length; i++) rest[i] = avatar.Bones[i].rotation;
                var boxes = PrimitiveHumanoid.Create(null);

                var loop = new PlayerLoop();
                var receiver = new GameObject("Receiver").AddComponent<AvatarBridgeReceiver>();
                receiver.Port = port;
                receiver.Buffer = adaptive ? BufferMode.Adaptive : BufferMode.Off;
                receiver.Delay = MaxDelaySeconds;
                receiver.Connected.AddListener(() => Console.WriteLine("event connected"));
                receiver.Calibrated.AddListener(() => Console.WriteLine("event calibrated"));
                receiver.Lost.AddListener(() => Console.WriteLine("event lost"));
                loop.Add(receiver);
                loop.Add(Driver(avatar.Root, receiver, avatar.Bones[0].position.y)); // metres stay metres
                loop.Add(Driver(boxes, receiver, HumanoidDriver.DefaultSenderHipsHeight));

                while (receiver.Status.Link == LinkState.Closed)
                {
                    loop.Frame();
                    Thread.Sleep(1);
                }
                Console.WriteLine("ready");
                var shown = double.NaN;
                var datagrams = 0L;
                while (input.IsAlive)
                {
                    loop.Frame();
                    var isNew = receiver.Stream.ShownTime != shown || receiver.Status.Datagrams != datagrams;
                    if (receiver.Pose.HasAnyBone && isNew)
                    {
                        shown = receiver.Stream.ShownTime;
                        datagrams = receiver.Status.Datagrams;
                        PrintJoints(shown, boxes.GetComponent<Animator>());
                        Print(shown, avatar, rest, receiver);
                    }
                    Thread.Sleep(1);
                }
                PrintStatus(receiver);
                loop.Stop();
                return 0;
            }
        }

        static HumanoidDriver Driver(GameObject avatar, AvatarBridgeReceiver receiver, float hipsHeight)
        {
            var driver = avatar.AddComponent<HumanoidDriver>();
            driver.Receiver = receiver;
            driver.SenderHipsHeight = hipsHeight;
            return driver;
        }

        static void PrintJoints(double time, Animator animator)
        {
            var line = new StringBuilder("joints ");
            Add(line, time);
            for (var i = 0; i < BoneTable.Count; i++)
            {
                var bone = animator.GetBoneTransform((HumanBodyBones)i);
                if (bone == null) continue;
                line.Append(BoneTable.Names[i]).Append(' ');
                Add(line, bone.position.x);
                Add(line, bone.position.y);
                Add(line, bone.position.z);
            }
            Console.WriteLine(line.ToString().TrimEnd());
        }

        static void Print(double time, TestAvatar avatar, Quaternion[] rest, AvatarBridgeReceiver receiver)
        {
            var line = new StringBuilder("frame ");
            Add(line, receiver.Status.Datagrams);
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
            Console.Out.Flush();
        }

        static void Add(StringBuilder line, double value) =>
            line.Append(value.ToString("R", CultureInfo.InvariantCulture)).Append(' ');

        static void PrintStatus(AvatarBridgeReceiver receiver)
        {
            var status = receiver.Status;
            Console.WriteLine(string.Format(CultureInfo.InvariantCulture,
                "status link={0} fps={1:0.0} datagrams={2} malformed={3} rejected={4} lost={5} partial={6} late={7} " +
                "restarts={8} sender={9} latency_ms={10:0.0} delay_ms={11:0.0} loss={12:0.000} fault={13}",
                status.Link, status.FramesPerSecond, status.Datagrams, status.Malformed, status.Rejected,
                status.LostFrames, status.PartialFrames, status.LateFrames, status.Restarts, receiver.Sender,
                status.SenderLatency * 1000, status.BufferDelay * 1000, status.Loss, receiver.Fault));
        }
    }
}
