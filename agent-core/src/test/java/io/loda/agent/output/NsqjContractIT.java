package io.loda.agent.output;

class NsqjContractIT extends NsqContract {

  @Override
  String client() {
    return "nsq-j";
  }
}
