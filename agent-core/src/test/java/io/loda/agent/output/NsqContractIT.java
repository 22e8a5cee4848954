package io.loda.agent.output;

class NsqContractIT extends NsqContract {

  @Override
  String client() {
    return "own";
  }
}
