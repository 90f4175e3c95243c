using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace AvatarBridge.Harness
{
    /// <summary>
    /// Datagrams with the times of their arrival, from a file of lines "SECONDS HEX", played into the
    /// stream by a clock of its own and shown at 90 Hz: the same on a slow machine.
    /// </summary>
    internal static class Simulate
    {
        const double DisplaySeconds = 1 / 90.0;

        struct Arrival
        {
            public double At;
            public byte[] Bytes;
        }

        public static int Run(string[] arguments)
        {
            var arrivals = new List<Arrival>();
            foreach (var line in File.ReadAllLines(arguments[1]))
            {
                var space = line.IndexOf(' ');
                arrivals.Add(new Arrival
                {
                    At = double.Parse(line.Substring(0, space), CultureInfo.InvariantCulture),
                    Bytes = Decode(line.Substring(space + 1)),
                });
            }
            arrivals.Sort((a, b) => a.At.CompareTo(b.At));

            var stream = new LiveStream();
            var settings = new StreamSettings { Mode = BufferMode.Adaptive, Delay = 0.25f, Timeout = 1, FadeSeconds = 1 };
            var next = 0;
            var status = default(StreamStatus);
            for (var now = 0.0; now < arrivals[arrivals.Count - 1].At; now += DisplaySeconds)
            {
                for (; next < arrivals.Count && arrivals[next].At <= now; next++)
                    stream.Ingest(arrivals[next].Bytes, arrivals[next].Bytes.Length, arrivals[next].At);
                status = stream.Sample(now, settings);
                if (stream.Pose.HasAnyBone) Print(now, stream);
            }
            Console.WriteLine(string.Format(CultureInfo.InvariantCulture,
                "status malformed={0} rejected={1} restarts={2} lost={3} partial={4} delay_ms={5:0.0} loss={6:0.000} fault=",
                status.Malformed, status.Rejected, status.Restarts, status.LostFrames, status.PartialFrames,
                status.BufferDelay * 1000, status.Loss));
            return 0;
        }

        static void Print(double now, LiveStream stream)
        {
            var line = new StringBuilder("frame ");
            Add(line, now);
            Add(line, stream.ShownTime);
            Add(line, stream.Pose.HipsPosition.X);
            Add(line, stream.Pose.HipsPosition.Y);
            Add(line, stream.Pose.HipsPosition.Z);
            foreach (var rotation in stream.Pose.Rotations)
            {
                Add(line, rotation.X);
                Add(line, rotation.Y);
                Add(line, rotation.Z);
                Add(line, rotation.W);
            }
            Console.WriteLine(line.ToString().TrimEnd());
        }

        static void Add(StringBuilder line, double value) =>
            line.Append(value.ToString("R", CultureInfo.InvariantCulture)).Append(' ');

        static byte[] Decode(string hex)
        {
            var bytes = new byte[hex.Length / 2];
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = byte.Parse(hex.Substring(2 * i, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            return bytes;
        }
    }
}
