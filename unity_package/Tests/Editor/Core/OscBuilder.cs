using System;
using System.Collections.Generic;
using System.Text;

namespace AvatarBridge.Tests
{
    /// <summary>Writes OSC for tests; written apart from the reader so that the two check each other.</summary>
    internal static class OscBuilder
    {
        public static byte[] Message(string address, params object[] arguments)
        {
            var bytes = new List<byte>();
            var tags = new StringBuilder(",");
            var payload = new List<byte>();
            foreach (var argument in arguments)
            {
                if (argument is float)
                {
                    tags.Append('f');
                    payload.AddRange(BigEndian(BitConverter.GetBytes((float)argument)));
                }
                else if (argument is double)
                {
                    tags.Append('d');
                    payload.AddRange(BigEndian(BitConverter.GetBytes((double)argument)));
                }
                else if (argument is int)
                {
                    tags.Append('i');
                    payload.AddRange(BigEndian(BitConverter.GetBytes((int)argument)));
                }
                else if (argument is bool)
                {
                    tags.Append((bool)argument ? 'T' : 'F');
                }
                else if (argument is byte[])
                {
                    tags.Append('b');
                    var blob = (byte[])argument;
                    payload.AddRange(BigEndian(BitConverter.GetBytes(blob.Length)));
                    payload.AddRange(blob);
                    while (payload.Count % 4 != 0) payload.Add(0);
                }
                else
                {
                    tags.Append('s');
                    AddString(payload, (string)argument);
                }
            }
            AddString(bytes, address);
            AddString(bytes, tags.ToString());
            bytes.AddRange(payload);
            return bytes.ToArray();
        }

        public static byte[] Bundle(params byte[][] elements)
        {
            var bytes = new List<byte>();
            AddString(bytes, "#bundle");
            bytes.AddRange(new byte[] { 0, 0, 0, 0, 0, 0, 0, 1 });
            foreach (var element in elements)
            {
                bytes.AddRange(BigEndian(BitConverter.GetBytes(element.Length)));
                bytes.AddRange(element);
            }
            return bytes.ToArray();
        }

        static void AddString(List<byte> bytes, string text)
        {
            bytes.AddRange(Encoding.UTF8.GetBytes(text));
            do bytes.Add(0);
            while (bytes.Count % 4 != 0);
        }

        static byte[] BigEndian(byte[] bytes)
        {
            if (BitConverter.IsLittleEndian) Array.Reverse(bytes);
            return bytes;
        }
    }
}
