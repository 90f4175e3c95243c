namespace AvatarBridge
{
    /// <summary>The bones of Unity's HumanBodyBones under the same numbers (2019.4 to 6000.0).</summary>
    internal enum BodyBone
    {
        None = -1,
        Hips = 0,
        LeftUpperLeg, RightUpperLeg, LeftLowerLeg, RightLowerLeg, LeftFoot, RightFoot,
        Spine, Chest, Neck, Head, LeftShoulder, RightShoulder, LeftUpperArm, RightUpperArm,
        LeftLowerArm, RightLowerArm, LeftHand, RightHand, LeftToes, RightToes, LeftEye,
        RightEye, Jaw, LeftThumbProximal, LeftThumbIntermediate, LeftThumbDistal,
        LeftIndexProximal, LeftIndexIntermediate, LeftIndexDistal, LeftMiddleProximal,
        LeftMiddleIntermediate, LeftMiddleDistal, LeftRingProximal, LeftRingIntermediate,
        LeftRingDistal, LeftLittleProximal, LeftLittleIntermediate, LeftLittleDistal,
        RightThumbProximal, RightThumbIntermediate, RightThumbDistal, RightIndexProximal,
        RightIndexIntermediate, RightIndexDistal, RightMiddleProximal,
        RightMiddleIntermediate, RightMiddleDistal, RightRingProximal,
        RightRingIntermediate, RightRingDistal, RightLittleProximal,
        RightLittleIntermediate, RightLittleDistal, UpperChest,
    }
}
