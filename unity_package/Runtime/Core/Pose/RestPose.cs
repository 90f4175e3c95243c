namespace AvatarBridge
{
    /// <summary>Standing with the arms down, as rotations from the T-pose: where a lost stream fades to.</summary>
    internal static class RestPose
    {
        // A little short of hanging straight, so that hands stay out of the hips of wide avatars.
        const float UpperArmDownDegrees = 72;

        public static readonly Quat[] Rotations = Build();

        static Quat[] Build()
        {
            var rotations = new Quat[BoneTable.Count];
            for (var i = 0; i < rotations.Length; i++) rotations[i] = Quat.Identity;
            // Facing +Z in left-handed axes the left arm lies along -X.
            rotations[(int)BodyBone.LeftUpperArm] = Quat.AboutZ(UpperArmDownDegrees);
            rotations[(int)BodyBone.RightUpperArm] = Quat.AboutZ(-UpperArmDownDegrees);
            return rotations;
        }
    }
}
