namespace AvatarBridge
{
    /// <summary>The addresses of the VMC protocol (V3.1) that this receiver understands.</summary>
    internal static class VmcAddress
    {
        public static readonly ByteSlice Bone = ByteSlice.Ascii("/VMC/Ext/Bone/Pos");
        public static readonly ByteSlice BlendValue = ByteSlice.Ascii("/VMC/Ext/Blend/Val");
        public static readonly ByteSlice BlendApply = ByteSlice.Ascii("/VMC/Ext/Blend/Apply");
        public static readonly ByteSlice Time = ByteSlice.Ascii("/VMC/Ext/T");
        public static readonly ByteSlice Available = ByteSlice.Ascii("/VMC/Ext/OK");
        public static readonly ByteSlice Root = ByteSlice.Ascii("/VMC/Ext/Root/Pos");

        /// <summary>The daemon's own read-outs, each a key and one number; others are relayed data.</summary>
        public static readonly ByteSlice Thru = ByteSlice.Ascii("/VMC/Thru/");
        public static readonly ByteSlice ThruCapture = ByteSlice.Ascii("/VMC/Thru/avatarbridge/capture");
        public static readonly ByteSlice ThruSend = ByteSlice.Ascii("/VMC/Thru/avatarbridge/send");
        public static readonly ByteSlice ThruLatency = ByteSlice.Ascii("/VMC/Thru/avatarbridge/latency");
        public static readonly ByteSlice ThruSequence = ByteSlice.Ascii("/VMC/Thru/avatarbridge/sequence");
    }
}
